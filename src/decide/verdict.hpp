// What is answered, and why. The protocols write it, the log and nexthopctl show it.
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "mail/hold.hpp"
#include "mail/server_map.hpp"

namespace nexthopd::decide {

/// Why mail was left alone. The text is the label of a counter and a word in the log.
enum class Cause {
    nothing_to_change,  // hooks and rules had no objection
    no_hooks,           // there is nothing that could object
    not_a_mailbox,      // "*", an address literal, no usable domain
    not_ours,           // local_domains, or a domain that the MTA does not deliver by MX
    not_known_yet,      // what the MTA's own configuration says of it has not been read yet
    relayhost,          // other servers would bypass the MTA's relayhost
    mxfilter,           // servers are left out where smtp(8) asks about each MX record
    tls_policy,         // other servers would get around a TLS policy or DANE
    null_mx,            // the MTA says it best
    no_domain,
    no_hosts,
    dns_failed,
    best_is_self,
    no_usable_server,  // servers that the MTA would not use either
    deadline,          // the answer was not there in time
    overloaded,        // waited for half its deadline before it was looked at
    hooks_paused,      // too many overruns in the last minute
    script_error,
    script_time,
    past_queue_lifetime,  // a hold would bring the mail near the end of its time in the queue
    observe,              // mode = "observe": the verdict was recorded only
    internal_error,
};
inline constexpr int cause_count = static_cast<int>(Cause::internal_error) + 1;
const char* to_text(Cause cause);

struct LeaveAlone {
    Cause cause = Cause::nothing_to_change;
    std::string detail;  // for the log: "mxserverrules.lua:7: attempt to …"; often empty
};

/// Deliver through these servers, or this transport.
struct Route {
    mail::ServerMap map;
    /// Where these are the servers of the MX set but for some that CheckServer left out: those. Empty
    /// otherwise.
    std::vector<std::string> left_out = {};
};

/// A server that a hook or a rule left out, and for how long if it said so.
struct LeftOut {
    std::string server;
    double minutes = 0;  // 0: it did not say
    std::string rule = {};     // empty: a hook did it
    std::string version = {};  // of the rule
};

/// Wait. From the step machine without an id: the hold has still to be made.
struct HoldFor {
    std::chrono::milliseconds length{};
    std::vector<LeftOut> left_out;
    std::string rule = {};     // empty: a hook did it
    std::string version = {};  // of the rule
};

/// Wait: a hold that exists.
struct Held {
    std::string id;
    base::WallTime until{};
};

/// Return the mail: act as if the destination had no MX and no address (RFC 3463: 5.4.4).
struct Fail {
    std::string hook;
};

using Verdict = std::variant<LeaveAlone, Route, HoldFor, Held, Fail>;

/// "leave alone", "route", "hold", "fail": the words of nexthopctl ask.
const char* name_of(const Verdict& verdict);

}  // namespace nexthopd::decide
