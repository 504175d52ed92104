// The text of resolv.conf(5), as far as a mail system needs it.
#pragma once

#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace nexthopd::dns {

constexpr std::uint16_t dns_port = 53;
/// The C library reads three (MAXNS); an administrator expects the same.
constexpr std::size_t max_nameservers = 3;

struct ResolvConf {
    std::vector<boost::asio::ip::udp::endpoint>
        servers;  // never empty: without any, 127.0.0.1 as resolv.conf(5) says
    std::optional<std::chrono::seconds> timeout;  // options timeout:n, 1 to 30
    std::optional<int> attempts;                  // options attempts:n, 1 to 5
};

/// Never fails: a line that is not understood is passed over, as the C library does. "search" and "domain"
/// are ignored on purpose: a mail domain is always fully qualified, and user@host must not become
/// user@host.example.com.
ResolvConf parse_resolv_conf(std::string_view text);

}  // namespace nexthopd::dns
