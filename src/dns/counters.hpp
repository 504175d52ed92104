// What the DNS client has done since it was made, for metrics.
#pragma once

#include <cstdint>

namespace nexthopd::dns {

struct Counters {
    std::uint64_t queries = 0;       // sent, over UDP or TCP, repetitions included
    std::uint64_t answers = 0;       // accepted
    std::uint64_t timeouts = 0;      // queries that were given up for another server or another try
    std::uint64_t unreachable = 0;   // queries that could not be sent, or were refused by the server's host
    std::uint64_t mismatched = 0;    // packets dropped: no such id or question is open, or not well-formed
    std::uint64_t truncated = 0;     // answers with TC over UDP
    std::uint64_t tcp = 0;           // queries over TCP
    std::uint64_t without_edns = 0;  // servers that were found not to take EDNS
    std::uint64_t lookups = 0;       // MX sets looked up
    std::uint64_t failed = 0;        // of these, with State::failed
    std::uint64_t overload = 0;      // lookups of sets or hosts refused because too many were in flight
    std::uint64_t refreshes = 0;     // lookups that renewed an entry before its end
    std::uint64_t cache_hits = 0;
    std::uint64_t cache_misses = 0;
};

}  // namespace nexthopd::dns
