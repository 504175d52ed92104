#include "mail/exim_route.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "mail/host_name.hpp"
#include "mail/nexthop.hpp"

namespace nexthopd::mail {

namespace {

/// A word after the list that is none of these is the name of a transport (manualroute.c).
constexpr std::array<std::string_view, 6> options{"randomize", "no_randomize", "byname",
                                                  "bydns",     "ipv4_prefer",  "ipv4_only"};

std::string with_colons_doubled(std::string_view text) {
    std::string out;
    for (const char c : text)
        out.append(c == ':' ? 2 : 1, c);
    return out;
}

base::Result<std::string> host_element(const Server& server) {
    if (server.port == 0) return base::fail("server \"{}\": port 0", base::printable(server.host));
    const auto port = "::" + std::to_string(server.port);
    if (const auto address = ip_address(server.host)) {
        if (address->is_unspecified() || address->is_multicast())
            return base::fail("server \"{}\" is not the address of a host", address->to_string());
        // Without a port Exim takes the last part of such an address for one.
        if (address->is_v6()) return '[' + with_colons_doubled(address->to_string()) + ']' + port;
        return address->to_string() + (server.port == smtp_port ? "" : port);
    }
    const auto name = host_name(server.host);
    if (!name) return base::fail("server \"{}\" is not a host name", base::printable(server.host, 300));
    return *name + (server.port == smtp_port ? "" : port);
}

bool is_exim_transport(std::string_view name) {
    return !name.empty() && name.size() <= 64 &&
           std::find(options.begin(), options.end(), name) == options.end() &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
           });
}

}  // namespace

base::Result<std::string> exim_route(const ServerMap& map, std::string_view domain) {
    if (!map.transport.empty() && !is_exim_transport(map.transport))
        return base::fail("transport \"{}\" is not the name of a transport of Exim",
                          base::printable(map.transport));
    if (map.transport.empty() && map.servers.empty())
        return base::fail("neither a server nor a transport is named");
    if (map.servers.size() > max_nexthop_hosts)
        return base::fail("{} servers; at most {} are used", map.servers.size(), max_nexthop_hosts);
    std::string out;
    for (const auto& server : map.servers) {
        auto text = host_element(server);
        if (!text) return text;
        if (!out.empty()) out += ':';
        out += *text;
    }
    if (out.empty()) {
        if (!is_host_name(domain))
            return base::fail("domain \"{}\" is not a host name", base::printable(domain, 300));
        out = std::string(domain) + "/mx";
    }
    if (!map.transport.empty()) out += ' ' + map.transport;
    if (out.size() > max_nexthop_text)
        return base::fail("the list of servers is longer than {} bytes", max_nexthop_text);
    return out;
}

}  // namespace nexthopd::mail
