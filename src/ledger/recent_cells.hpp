// What the counters in memory are rebuilt from: the rows of the last hours, counted by minute.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <string>

#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

namespace nexthopd::ledger {

class RecentCells {
  public:
    static base::Result<RecentCells> prepare(const Database& database);

    /// Since the minute of `since`, minute by minute.
    base::Result<void> read(base::WallTime since, const std::function<void(const Cell&)>& cell);

  private:
    using Counts = boost::unordered_flat_map<std::uint64_t, std::uint32_t>;  // server * 256 + class
    base::Result<void> tell(base::WallTime minute, const Counts& counts,
                            const std::function<void(const Cell&)>& cell);

    Statement rows_, name_;
};

}  // namespace nexthopd::ledger
