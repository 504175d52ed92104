// The addresses of one host, from the answers to its A and AAAA questions.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "dns/wire.hpp"
#include "mail/host_name.hpp"

namespace nexthopd::dns {

/// Addresses kept of one host: enough to find this host among them. MTAs try far fewer (Postfix: 5 per
/// delivery).
constexpr std::size_t max_addresses = 32;

struct Addresses {
    enum class State {
        found,
        none,    // the name does not exist, or has no address
        failed,  // not known: no answer, SERVFAIL, or an answer that does not tell
    };
    State state = State::failed;
    std::vector<mail::IpAddress> list;
    std::chrono::seconds ttl{0};  // how long this may be remembered, as the records say
};

/// What `answer` says about the question (name, type), where type is a or aaaa. nullptr: nothing.
Addresses addresses_in(const Answer* answer, std::string_view name, Type type);

/// Those of the additional section, both types; State::failed when there are none: that says nothing.
Addresses additional_addresses(const Answer& answer, std::string_view name);

/// IPv4 and IPv6 together: found when either is, none only when both are known to be empty.
Addresses combine(const Addresses& a, const Addresses& aaaa);

}  // namespace nexthopd::dns
