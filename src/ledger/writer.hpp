// The writing connection and its statements: one member function per thing that is stored or loaded.
// What takes more than a statement has a file of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/attempt_rows.hpp"
#include "ledger/forgetting.hpp"
#include "ledger/hold_rows.hpp"
#include "ledger/log_places.hpp"
#include "ledger/names.hpp"
#include "ledger/pruning.hpp"
#include "ledger/recent_cells.hpp"
#include "ledger/rollup.hpp"
#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

namespace nexthopd::ledger {

/// After a failure it is to be destroyed: that undoes the transaction and forgets the names given out in it.
class Writer {
  public:
    /// Takes a database that migrate() has made current.
    static base::Result<Writer> prepare(Database database);

    // In a transaction: begin(), then any of these, then commit().
    base::Result<void> begin() { return begin_.run(); }
    base::Result<void> commit();
    base::Result<void> insert(std::span<const mail::Attempt> attempts) {
        return attempts_.insert(database_, names_, attempts);
    }
    base::Result<void> follow(const Position& position) { return places_.follow(position); }
    base::Result<void> follow(const Cursor& cursor) { return places_.follow(cursor); }
    base::Result<void> add(const Range& range) { return places_.add(range); }
    base::Result<void> start(const mail::Hold& hold) { return holds_.start(hold); }
    base::Result<void> end(const EndedHold& ended) { return holds_.end(ended); }
    base::Result<std::uint64_t> prune(const Retention& retention) {
        auto removed = pruning_.step(database_, names_, holds_, rollup_, retention);
        if (!removed) return removed;
        if (auto moved = rollup_.rows_removed(); !moved) return tl::unexpected(moved.error());
        return removed;
    }
    base::Result<void> forget(const std::string& address, std::uint32_t max_rows, ForgetProgress& progress) {
        return forgetting_.step(address, max_rows, progress);
    }
    base::Result<std::uint64_t> roll_up(std::uint32_t max_rows) { return rollup_.step(max_rows); }

    base::Result<std::vector<mail::Hold>> holds() { return holds_.active(); }
    base::Result<std::vector<Position>> positions() { return places_.positions(); }
    base::Result<std::vector<Range>> ranges() { return places_.ranges(); }
    base::Result<std::optional<std::string>> cursor(std::string_view source) {
        return places_.cursor(source);
    }
    base::Result<void> recent(base::WallTime since, const std::function<void(const Cell&)>& cell) {
        return recent_.read(since, cell);
    }

    Database& database() { return database_; }

  private:
    Database database_;
    Names names_;
    AttemptRows attempts_;
    HoldRows holds_;
    Pruning pruning_;
    Rollup rollup_;
    RecentCells recent_;
    Forgetting forgetting_;
    LogPlaces places_;
    Statement begin_, commit_, look_;
};

}  // namespace nexthopd::ledger
