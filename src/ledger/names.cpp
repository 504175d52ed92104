#include "ledger/names.hpp"

#include <algorithm>
#include <utility>

namespace nexthopd::ledger {

std::int64_t Names::day_of(base::WallTime time) {
    constexpr std::int64_t seconds_per_day = 86'400;
    return std::max<std::int64_t>(base::unix_seconds(time) / seconds_per_day, 0);
}

base::Result<Names> Names::prepare(const Database& database) {
    Names names;
    for (auto [statement, sql] : {
             std::pair{&names.find_, "SELECT id, used FROM name WHERE name=?1"},
             std::pair{&names.add_, "INSERT INTO name(name, used) VALUES(?1, ?2)"},
             std::pair{&names.touch_, "UPDATE name SET used=?2 WHERE id=?1"},
             std::pair{&names.last_, "SELECT max(id) FROM name"},
             std::pair{&names.remove_cells_,
                       "DELETE FROM rollup WHERE server IN (SELECT id FROM name WHERE id>?1 AND id<=?2 AND "
                       "used<?3)"},
             std::pair{&names.remove_, "DELETE FROM name WHERE id>?1 AND id<=?2 AND used<?3"},
         }) {
        auto prepared = Statement::prepare(database, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return names;
}

base::Result<std::int64_t> Names::id(const Database& database, std::string_view name, std::int64_t day) {
    if (const auto found = cache_.find(name); found != cache_.end() && found->second.used >= day)
        return found->second.id;
    const auto known = look_up(database, name, day);
    if (!known) return tl::unexpected(known.error());
    if (cache_.size() >= max_cached) cache_.clear();
    cache_.insert_or_assign(std::string(name), *known);
    return known->id;
}

base::Result<Names::Known> Names::look_up(const Database& database, std::string_view name, std::int64_t day) {
    find_.bind(1, name);
    const auto found = find_.step();
    if (!found) return tl::unexpected(found.error());
    if (!*found) {
        add_.bind(1, name);
        add_.bind(2, day);
        if (auto added = add_.run(); !added) return tl::unexpected(added.error());
        return Known{database.last_insert_rowid(), day};
    }
    const Known known{find_.integer(0), find_.integer(1)};
    find_.reset();
    if (known.used >= day) return known;
    touch_.bind(1, known.id);
    touch_.bind(2, day);
    if (auto touched = touch_.run(); !touched) return tl::unexpected(touched.error());
    return Known{known.id, day};
}

base::Result<void> Names::prune(const Database& database, std::int64_t day, std::int64_t limit) {
    const auto row = last_.step();
    if (!row) return tl::unexpected(row.error());
    const auto last = last_.integer(0);
    last_.reset();
    if (pruned_up_to_ >= last) pruned_up_to_ = 0;
    for (auto* const statement : {&remove_cells_, &remove_}) {
        statement->bind(1, pruned_up_to_);
        statement->bind(2, pruned_up_to_ + limit);
        statement->bind(3, day);
    }
    pruned_up_to_ += limit;
    // The number will be another's.
    if (auto removed = remove_cells_.run(); !removed) return removed;
    if (auto removed = remove_.run(); !removed) return removed;
    if (database.changes() > 0) cache_.clear();  // SQLite gives free numbers out again
    return {};
}

}  // namespace nexthopd::ledger
