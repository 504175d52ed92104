#include "ledger/pruning.hpp"

#include <utility>

namespace nexthopd::ledger {

namespace {

using base::Result;

constexpr std::int64_t names_per_step = 10'000;  // a scan of some 2 ms

}  // namespace

Result<Pruning> Pruning::prepare(const Database& database) {
    Pruning pruning;
    for (auto [statement, sql] : {
             std::pair{&pruning.remove_old_,
                       "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE starttime<?1 "
                       "ORDER BY starttime LIMIT ?2)"},
             std::pair{
                 &pruning.remove_oldest_,
                 "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt ORDER BY starttime LIMIT ?1)"},
             std::pair{&pruning.used_,
                       "SELECT (pages.page_count - free.freelist_count) * size.page_size FROM "
                       "pragma_page_count AS pages, pragma_freelist_count AS free, pragma_page_size AS size"},
         }) {
        auto prepared = Statement::prepare(database, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return pruning;
}

Result<std::uint64_t> Pruning::step(const Database& database, Names& names, HoldRows& holds, Rollup& rollup,
                                    const Retention& retention) {
    const auto before = base::ledger_time(retention.before);
    remove_old_.bind(1, before);
    remove_old_.bind(2, std::int64_t{retention.max_rows});
    if (auto run = remove_old_.run(); !run) return tl::unexpected(run.error());
    const auto removed = static_cast<std::uint64_t>(database.changes());
    if (removed >= retention.max_rows) return removed;

    if (auto run = rollup.prune(base::unix_seconds(retention.before) / 3600); !run)
        return tl::unexpected(run.error());
    // All rows before that time are gone, so names last used on an earlier day have no row.
    if (auto run = names.prune(database, Names::day_of(retention.before), names_per_step); !run)
        return tl::unexpected(run.error());
    if (auto run = holds.prune(retention.holds_before); !run) return tl::unexpected(run.error());

    if (retention.max_bytes == 0) return removed;
    const auto used = used_bytes();
    if (!used) return used;
    if (*used <= retention.max_bytes) return removed;
    const auto oldest = remove_oldest(database, retention.max_rows - removed);
    return oldest ? removed + *oldest : oldest;
}

Result<std::uint64_t> Pruning::used_bytes() {
    const auto row = used_.step();
    if (!row) return tl::unexpected(row.error());
    const auto used = static_cast<std::uint64_t>(used_.integer(0));
    used_.reset();
    return used;
}

Result<std::uint64_t> Pruning::remove_oldest(const Database& database, std::uint64_t rows) {
    remove_oldest_.bind(1, static_cast<std::int64_t>(rows));
    if (auto run = remove_oldest_.run(); !run) return tl::unexpected(run.error());
    return static_cast<std::uint64_t>(database.changes());
}

}  // namespace nexthopd::ledger
