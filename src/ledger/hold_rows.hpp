// Rows of the table `hold`.
#pragma once

#include <vector>

#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

namespace nexthopd::ledger {

class HoldRows {
  public:
    static base::Result<HoldRows> prepare(const Database& database);

    base::Result<void> start(const mail::Hold& hold);
    base::Result<void> end(const EndedHold& ended);
    /// Those that have not ended, in the order of their ends.
    base::Result<std::vector<mail::Hold>> active();
    /// Removes those that ended before.
    base::Result<void> prune(base::WallTime before);

  private:
    Statement start_, end_, active_, remove_;
};

}  // namespace nexthopd::ledger
