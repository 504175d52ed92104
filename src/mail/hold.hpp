// A hold: mail waits until a time. A row of the ledger's table of holds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace nexthopd::mail {

/// Which mail waits.
enum class HoldScope {
    mail,      // of one connection to one recipient
    domain,    // to all recipients of a domain
    server,    // that would go through a server
    provider,  // to all domains of a provider
};

struct Hold {
    std::string id;          // five or more characters of Crockford's base 32, unique among those remembered
    std::string connection;  // empty: the default connection; of a wider hold: any
    std::string recipient;   // Recipient::address; of a wider hold the domain, server or provider
    base::WallTime since{};
    base::WallTime until{};
    std::string reason;    // for the administrator: which hook left out which server
    std::string rule;      // "script:CheckServer", or the name of a rule
    std::string evidence;  // JSON: the servers left out, what the hooks asked and were told
    HoldScope scope = HoldScope::mail;
    bool observed = false;                  // nothing waits: it is what would have been
    std::string version = {};               // of the rule; empty: no rule made it
    std::chrono::milliseconds length = {};  // of a wider hold: between probes
    std::string queue_id = {};              // with Exim the message that it was decided for; empty: any
};

const char* to_text(HoldScope scope);
std::optional<HoldScope> hold_scope(std::string_view text);

}  // namespace nexthopd::mail
