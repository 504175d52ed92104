// The table `rollup`: per server and hour, the attempts of each minute and class. Counts of windows that are
// longer than what is kept in memory are made from it.
//
// It is written behind the rows, in small steps: `meta.rolled_up` is the last row that is in it. So it comes
// about for a ledger of any size, and after a crash goes on where it was.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/sqlite.hpp"

namespace nexthopd::ledger {

class Rollup {
  public:
    static base::Result<Rollup> prepare(const Database& database);

    /// Adds the next `max_rows` attempts, within the writer's transaction; answers how many there were.
    base::Result<std::uint64_t> step(std::uint32_t max_rows);
    /// After attempts were removed: the numbers of the newest are given out again.
    base::Result<void> rows_removed() { return move_back_.run(); }
    /// Removes hours before `hour` (since 1970) of some servers; the next call goes on with others.
    base::Result<void> prune(std::int64_t hour);

  private:
    struct Counted {
        std::int64_t server;
        std::int64_t minute;  // since 1970
        char result_class;
        auto operator<=>(const Counted&) const = default;
    };
    base::Result<void> add(std::vector<Counted> counted);

    Statement position_, rows_, add_, move_, move_back_, last_name_, remove_;
    std::int64_t pruned_up_to_ = 0;
};

}  // namespace nexthopd::ledger
