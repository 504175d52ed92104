// The servers that take a domain's mail (RFC 5321 §5.1), or why there are none. A pure value: dns/mx
// makes it from answers, decide/ reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mail/host_name.hpp"

namespace nexthopd::mail {

struct MxHost {
    std::string name;                  // host_name(); the text of the address for an address literal
    std::uint16_t preference = 0;
    bool valid = true;                 // false: the name from DNS is not a host name, or is an address literal
    bool self = false;                 // this host (by name or address), or ranks at or behind it
    bool addresses_known = false;      // false: not looked up, or the lookup failed
    std::vector<IpAddress> addresses;  // empty although known: the host has no address
};

struct MxSet {
    enum class State {
        hosts,      // `hosts` is not empty
        null_mx,    // the domain accepts no mail (RFC 7505)
        no_domain,  // NXDOMAIN
        no_hosts,   // the domain exists, but has neither MX nor address records
        failed,     // SERVFAIL, timeout, an answer that makes no sense: try again later
        loop,       // a chain of CNAMEs that loops or is longer than the limit
    };
    State state = State::failed;
    std::string domain;         // as asked, A-labels
    std::string owner;          // the canonical name at the end of the CNAMEs; where the MX records are
    bool secure = false;        // the name server has validated the MX records (RFC 4035 §3.2.3: AD)
    bool implicit = false;      // no MX record: the domain itself by its address (RFC 5321 §5.1)
    bool best_is_self = false;  // no server ranks before this host: delivering is not a matter of MX
    std::vector<MxHost> hosts;  // ordered by preference, equal ones by name; at most max_hosts
    static constexpr std::size_t max_hosts = 50;
};

}  // namespace nexthopd::mail
