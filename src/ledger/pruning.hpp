// What is too old, or too much, is removed in small steps.
#pragma once

#include "ledger/hold_rows.hpp"
#include "ledger/names.hpp"
#include "ledger/rollup.hpp"
#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

namespace nexthopd::ledger {

class Pruning {
  public:
    static base::Result<Pruning> prepare(const Database& database);

    /// One step, within the writer's transaction; answers how many attempts were removed.
    base::Result<std::uint64_t> step(const Database& database, Names& names, HoldRows& holds, Rollup& rollup,
                                     const Retention& retention);

  private:
    base::Result<std::uint64_t> used_bytes();
    base::Result<std::uint64_t> remove_oldest(const Database& database, std::uint64_t rows);

    Statement remove_old_, remove_oldest_, used_;
};

}  // namespace nexthopd::ledger
