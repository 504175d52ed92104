// A script's answer "use these servers": hosts in order, and perhaps a transport.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace nexthopd::mail {

constexpr std::uint16_t smtp_port = 25;

struct Server {
    std::string host;  // a host_name(), or an IP address in text form without brackets
    std::uint16_t preference = 0;
    std::uint16_t port = smtp_port;
    friend bool operator==(const Server&, const Server&) = default;
};

struct ServerMap {
    std::vector<Server> servers;  // in the order in which they are to be tried
    std::string transport;        // master.cf service name; empty: the sender's own
    friend bool operator==(const ServerMap&, const ServerMap&) = default;
};

/// `mx1.example.com`, `mx1.example.com:2525`, `192.0.2.1:2525`, `2001:db8::1`, `[2001:db8::1]:2525`.
base::Result<Server> parse_server(std::string_view text);

/// Orders by preference; equal preferences by name, so that one domain always gives one spelling of
/// the nexthop (Postfix makes a queue per spelling: qmgr_message.c).
void sort_by_preference(std::vector<Server>& servers);

}  // namespace nexthopd::mail
