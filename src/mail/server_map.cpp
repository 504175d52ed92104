#include "mail/server_map.hpp"

#include <algorithm>
#include <tuple>

#include "base/text.hpp"
#include "mail/host_name.hpp"

namespace nexthopd::mail {

base::Result<Server> parse_server(std::string_view text) {
    const auto bad = [&] {
        return base::fail("\"{}\" is not a server; write mx1.example.com, mx1.example.com:2525 or [2001:db8::1]:2525",
                          base::printable(text, 300));
    };
    std::string_view host = text;
    std::string_view port;
    if (!text.empty() && text.front() == '[') {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return bad();
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!ip_address(host)) return bad();
    } else if (!ip_address(text)) {
        host = text.substr(0, text.find(':'));
        port = text.substr(host.size());
    }
    Server out;
    if (!port.empty()) {
        const auto number = base::parse_number(port.substr(1), UINT16_MAX);
        if (port.front() != ':' || !number || *number == 0) return bad();
        out.port = static_cast<std::uint16_t>(*number);
    }
    if (const auto address = ip_address(host)) {
        out.host = address->to_string();
    } else if (auto name = domain_name(host)) {
        out.host = *std::move(name);
    } else {
        return bad();
    }
    return out;
}

void sort_by_preference(std::vector<Server>& servers) {
    std::stable_sort(servers.begin(), servers.end(), [](const Server& a, const Server& b) {
        return std::tie(a.preference, a.host, a.port) < std::tie(b.preference, b.host, b.port);
    });
}

}  // namespace nexthopd::mail
