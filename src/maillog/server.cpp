#include "maillog/server.hpp"

#include <algorithm>

namespace nexthopd::maillog {

std::optional<Server> remote_server(const Peer& peer, const std::vector<mail::IpAddress>& own_addresses,
                                    const std::vector<std::string>& own_hosts) {
    const auto contains = [](const auto& all, const auto& one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    const auto address = mail::ip_address(peer.address);
    if (!address || address->is_loopback() || address->is_unspecified()) return std::nullopt;
    if (contains(own_addresses, *address)) return std::nullopt;
    Server out;
    // IPv4 has one text form only (inet_pton takes no other), and writing it anew costs as much as the rest.
    out.address = address->is_v4() ? std::string(peer.address) : address->to_string();
    if (peer.port != 0) out.port = peer.port;
    if (auto name = mail::host_name(peer.host)) {
        if (contains(own_hosts, *name)) return std::nullopt;
        out.name = *std::move(name);
    } else if (const auto literal = mail::ip_address(peer.host)) {
        out.name = literal->to_string();
    }
    return out;
}

std::uint64_t session_number(std::string_view queue_id, const Server& server, const LogPoint& at,
                             std::uint64_t ordinal) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    const auto mix = [&hash](std::string_view bytes) {
        for (const char c : bytes)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    };
    const auto number = [&hash](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3U; };
    mix(queue_id);
    mix(server.address);
    number(at.pid);
    number(static_cast<std::uint64_t>(base::unix_seconds(at.time)));
    number(ordinal);
    // 53 bits survive JSON; SQLite's integers are signed.
    return (hash ^ (hash >> 53U)) % ((1ULL << 53U) - 1) + 1;
}

}  // namespace nexthopd::maillog
