// A remote server as a log names it, and the number of a connection to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/host_name.hpp"
#include "maillog/postfix_line.hpp"

namespace nexthopd::maillog {

/// Where a line stands.
struct LogPoint {
    base::WallTime time{};
    std::uint64_t line = 0;  // its number
    std::uint32_t pid = 0;
};

/// A server by name and address, both canonical.
struct Server {
    std::string name;     // mail::host_name(), or the text of the address; empty: not a valid name
    std::string address;  // canonical text of the address
    std::uint16_t port = mail_port;
    static constexpr std::uint16_t mail_port = 25;
    friend bool operator==(const Server& a, const Server& b) {
        return a.name == b.name && a.address == b.address;
    }
};

/// nullopt: not another host's address, or one of this host's names. (The name may be empty.)
std::optional<Server> remote_server(const Peer& peer, const std::vector<mail::IpAddress>& own_addresses,
                                    const std::vector<std::string>& own_hosts);

/// Of the `ordinal`th connection for that message; the same number whenever the same log is read, so what a
/// restart reads again can be recognised.
std::uint64_t session_number(std::string_view queue_id, const Server& server, const LogPoint& at,
                             std::uint64_t ordinal);

}  // namespace nexthopd::maillog
