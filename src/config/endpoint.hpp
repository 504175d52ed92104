// Where a socket listens, or a server is reached. Addresses only: looking up a name would make starting
// and answering depend on the name service.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "mail/host_name.hpp"

namespace nexthopd::config {

struct HostPort {
    mail::IpAddress address;
    std::uint16_t port = 0;
    friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// A unix socket when `path` is set, an address and a port otherwise.
struct Endpoint {
    std::string path;  // absolute, at most max_socket_path bytes
    HostPort inet;
    bool is_unix() const { return !path.empty(); }
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

constexpr std::size_t max_socket_path = 107;  // sockaddr_un::sun_path less its final NUL (unix(7))
constexpr std::uint16_t dns_port = 53;

/// `unix:/run/x`, `inet:127.0.0.1:746` or `inet:[::1]:746`.
base::Result<Endpoint> parse_endpoint(std::string_view text);
/// `127.0.0.1`, `127.0.0.1:53`, `::1` or `[::1]:53`; without a port `default_port`.
base::Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port);

/// The inverse of parse_endpoint.
std::string to_text(const Endpoint& endpoint);
/// `127.0.0.1:53`, `[::1]:53`.
std::string to_text(const HostPort& server);

}  // namespace nexthopd::config
