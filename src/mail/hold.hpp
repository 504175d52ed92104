// A hold: mail of one connection to one recipient waits until a time; with Exim, which names it, one message. A row of the ledger's table of holds.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace nexthopd::mail {

struct Hold {
    std::string id;          // five or more characters of Crockford's base 32, unique among those remembered
    std::string connection;  // empty: the default connection
    std::string recipient;   // Recipient::address
    base::WallTime since{};
    base::WallTime until{};
    std::string reason;      // for the administrator: which hook left out which server
    std::string rule;        // "script:CheckServer", or the name of a rule
    std::string evidence;    // JSON: the servers left out, what the hooks asked and were told
    std::string queue_id = {};  // the message that it was decided for; empty: any to the recipient
};

}  // namespace nexthopd::mail
