#include "config/endpoint.hpp"

#include <optional>

#include "base/text.hpp"

namespace nexthopd::config {

namespace {

/// `ADDRESS:PORT`, an IPv6 address in brackets.
std::optional<HostPort> address_and_port(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto port = base::parse_number(text.substr(colon + 1), UINT16_MAX);
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    const auto address = mail::ip_address(host);
    if (!address || address->is_v6() != brackets || !port || *port == 0) return std::nullopt;
    return HostPort{*address, static_cast<std::uint16_t>(*port)};
}

}  // namespace

base::Result<Endpoint> parse_endpoint(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    constexpr std::string_view inet_prefix = "inet:";
    if (text.starts_with(unix_prefix)) {
        const auto path = text.substr(unix_prefix.size());
        if (path.empty() || path.front() != '/')
            return base::fail("a socket needs its full path, as in \"unix:/run/nexthopd/control\"");
        if (path.size() > max_socket_path)
            return base::fail("the path of a socket has at most {} bytes, this one has {}", max_socket_path,
                              path.size());
        if (path.find('\0') != std::string_view::npos) return base::fail("a path cannot contain a NUL");
        return Endpoint{std::string(path), {}};
    }
    if (text.starts_with(inet_prefix)) {
        if (auto inet = address_and_port(text.substr(inet_prefix.size()))) return Endpoint{{}, *inet};
        return base::fail(
            "write an address, not a name, and a port from 1 to 65535, as in \"inet:127.0.0.1:746\" or "
            "\"inet:[::1]:746\"");
    }
    return base::fail("write \"unix:\" and a path, or \"inet:\", an address and a port");
}

base::Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port) {
    if (auto address = mail::ip_address(text)) return HostPort{*address, default_port};
    if (auto server = address_and_port(text)) return *server;
    return base::fail("write an address, not a name, as in \"127.0.0.1\", \"127.0.0.1:53\" or \"[::1]:53\"");
}

std::string to_text(const Endpoint& endpoint) {
    return endpoint.is_unix() ? "unix:" + endpoint.path : "inet:" + to_text(endpoint.inet);
}

std::string to_text(const HostPort& server) {
    const auto host = server.address.to_string();
    return server.address.is_v6() ? fmt::format("[{}]:{}", host, server.port)
                                  : fmt::format("{}:{}", host, server.port);
}

}  // namespace nexthopd::config
