// Rows of the table `hold`.
#pragma once

#include <vector>

#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

namespace nexthopd::ledger {

/// What hold_of() reads: the columns of a SELECT, in this order, from the first on.
inline constexpr const char* hold_columns =
    "id, connection, recipient, since, until, reason, rule, evidence, scope, observed, version, length, "
    "queue_id";
inline constexpr int hold_column_count = 13;
mail::Hold hold_of(const Statement& row);

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
