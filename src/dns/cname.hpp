// Chains of CNAME records inside one answer.
#pragma once

#include <chrono>
#include <string>

#include "dns/wire.hpp"

namespace nexthopd::dns {

/// Links followed from the name asked to its canonical name, over all answers. Postfix follows as many
/// (dns_lookup.c); a loop shows as a chain that is longer.
constexpr int max_cnames = 10;

struct Chain {
    std::string end;       // the canonical name as far as this answer tells it
    int links = 0;         // 0: `end` is the name asked
    bool valid = true;     // false: an alias points to something that is not a host name
    bool endless = false;  // more than `limit` links
    std::chrono::seconds ttl = std::chrono::seconds::max();  // the smallest of the links
};

/// Follows at most `limit` links from `name` (lower case).
Chain follow_cnames(const Answer& answer, std::string name, int limit = max_cnames);

}  // namespace nexthopd::dns
