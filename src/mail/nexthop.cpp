#include "mail/nexthop.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mail/host_name.hpp"

namespace nexthopd::mail {

namespace {

base::Result<std::string> element(const Server& server) {
    if (server.port == 0) return base::fail("server \"{}\": port 0", base::printable(server.host));
    std::string out;
    if (const auto address = ip_address(server.host)) {
        if (address->is_unspecified() || address->is_multicast())
            return base::fail("server \"{}\" is not the address of a host", address->to_string());
        out = '[' + address->to_string() + ']';
    } else if (const auto name = host_name(server.host)) {
        out = '[' + *name + ']';
    } else {
        return base::fail("server \"{}\" is not a host name", base::printable(server.host, 300));
    }
    if (server.port != smtp_port) out += ':' + std::to_string(server.port);
    return out;
}

std::string plain(std::string_view text) {
    std::string out(text.substr(0, 500));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return out;
}

}  // namespace

bool is_transport_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                      c == '.';
           });
}

base::Result<std::string> nexthop_text(const ServerMap& map) {
    if (!map.transport.empty() && !is_transport_name(map.transport))
        return base::fail("transport \"{}\" is not the name of a master.cf service", base::printable(map.transport));
    if (map.transport.empty() && map.servers.empty()) return base::fail("neither a server nor a transport is named");
    if (map.servers.size() > max_nexthop_hosts)
        return base::fail("{} servers; at most {} are used", map.servers.size(), max_nexthop_hosts);
    std::string out = map.transport + ':';
    bool first = true;
    for (const auto& server : map.servers) {
        auto text = element(server);
        if (!text) return text;
        if (!first) out += ", ";
        first = false;
        out += *text;
    }
    if (out.size() > max_nexthop_text) return base::fail("the list of servers is longer than {} bytes", max_nexthop_text);
    return out;
}

std::string retry_text(std::string_view text) { return "retry:4.7.0 " + plain(text); }

std::string error_text(std::string_view enhanced_code, std::string_view text) {
    return "error:" + std::string(enhanced_code) + ' ' + plain(text);
}

}  // namespace nexthopd::mail
