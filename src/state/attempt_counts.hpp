// The attempts of the last two hours, counted by server, by domain, and of either those with one reason: what
// nexthop.count and nexthop.rate read. Each of these has a bound of its own, so that a sender of
// many domains takes no room from the servers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "state/counters.hpp"

namespace nexthopd::state {

class AttemptCounts {
  public:
    /// An attempt, as far as it counts. Names in lower case.
    struct Kind {
        std::string_view server;
        std::string_view domain;
        std::string_view reason;  // empty: not known
        char result_class = '0';
    };
    /// As Counters::add().
    void add(const Kind& kind, base::WallTime time, base::WallTime now, std::uint32_t count = 1);

    /// As Counters::count().
    std::uint64_t of_server(std::string_view server, char result_class, std::int64_t seconds,
                            base::WallTime now) const {
        return servers_.count(server, result_class, seconds, now);
    }
    /// Of the server, or where that is empty of the domain; with that reason, empty: with any or none; of
    /// that class, 0: of any.
    std::uint64_t matching(const Kind& kind, std::int64_t seconds, base::WallTime now) const;

    /// As Counters::prune(), of each.
    void prune(base::WallTime now, std::size_t names);

    std::size_t servers() const { return servers_.servers(); }

  private:
    Counters servers_;
    Counters domains_;
    Counters server_reasons_;  // "mx1.example.com rate"
    Counters domain_reasons_;
};

}  // namespace nexthopd::state
