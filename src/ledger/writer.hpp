// The writing connection and its statements: one member function per thing that is stored or loaded.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/names.hpp"
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
    base::Result<void> commit() { return commit_.run(); }
    base::Result<void> insert(const mail::Attempt& attempt);
    base::Result<void> follow(const Position& position);
    base::Result<void> follow(const Cursor& cursor);
    base::Result<void> start(const mail::Hold& hold);
    base::Result<void> end(const EndedHold& ended);
    base::Result<void> add(const Range& range);
    base::Result<std::uint64_t> prune(const Retention& retention);

    base::Result<std::vector<mail::Hold>> holds();
    base::Result<std::vector<Position>> positions();
    base::Result<std::vector<Range>> ranges();
    base::Result<std::optional<std::string>> cursor(std::string_view source);
    base::Result<void> recent(base::WallTime since, const std::function<void(const Cell&)>& cell);

    const Database& database() const { return database_; }

  private:
    base::Result<std::uint64_t> used_bytes();
    base::Result<std::uint64_t> remove_oldest(std::uint64_t rows);
    base::Result<void> cells_of(base::WallTime minute, const std::function<void(const Cell&)>& cell);

    Database database_;
    Names names_;
    Statement begin_, commit_, insert_, follow_, follow_cursor_, cursor_, start_, end_, holds_, positions_,
        add_range_, ranges_, remove_old_, remove_oldest_, remove_holds_, used_, range_, cells_;
};

}  // namespace nexthopd::ledger
