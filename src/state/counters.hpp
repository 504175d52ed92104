// How often each server answered 2xx, 4xx and 5xx in the last two hours: what nexthop.count() reads.
//
// One cell per server, class and minute in which there was an attempt. A count over `seconds` takes whole
// minutes, so it lies between the exact count over that window and one over a window 60 s longer.
// Bounded: at most max_servers names; when full, a new name displaces nothing and is not counted (that is
// itself counted), until prune() has dropped names without cells.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/string_hash.hpp"

namespace nexthopd::state {

class Counters {
  public:
    static constexpr std::int64_t window_seconds = 2 * 3600;  // longer windows are the ledger's affair
    static constexpr std::size_t max_servers = 200'000;       // about 40 MB when all are in use

    /// `result_class` is the first character of the result, '2', '4' or '5'; others are ignored. Times in
    /// the future are stored as now, times before the window are ignored.
    void add(std::string_view server, char result_class, base::WallTime time, base::WallTime now,
             std::uint32_t count = 1);

    /// Attempts of `server` in the last `seconds` (0 … window_seconds; more counts as window_seconds).
    std::uint64_t count(std::string_view server, char result_class, std::int64_t seconds, base::WallTime now) const;

    /// Drops cells that are past the window, of at most `names` names a call; a cursor remembers the place.
    void prune(base::WallTime now, std::size_t names);

    std::size_t servers() const { return entries_.size(); }
    std::uint64_t refused() const { return refused_; }

  private:
    struct Cell {
        std::uint16_t minute;  // minutes since the epoch, modulo 65 536: unambiguous within the window
        std::uint16_t count;   // saturated counts go on in a second cell of the same minute
    };
    using Chain = std::vector<Cell>;
    using Chains = std::array<Chain, 3>;

    struct Entry {
        std::string server;
        Chains chains;
    };

    // Dense entries, so that prune() can go on where it stopped without walking the table.
    std::vector<Entry> entries_;
    boost::unordered_flat_map<std::string, std::uint32_t, base::StringHash, std::equal_to<>> index_;
    std::size_t cursor_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace nexthopd::state
