#include "ledger/rollup.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "ledger/minute_cells.hpp"

namespace nexthopd::ledger {

namespace {

using base::Result;

constexpr std::int64_t names_per_prune = 1'000;

}  // namespace

Result<Rollup> Rollup::prepare(const Database& database) {
    Rollup rollup;
    for (auto [statement, sql] : {
             std::pair{&rollup.position_, "SELECT CAST(value AS INTEGER) FROM meta WHERE key='rolled_up'"},
             std::pair{
                 &rollup.move_back_,
                 "UPDATE meta SET value=(SELECT coalesce(max(id), 0) FROM attempt) WHERE key='rolled_up' "
                 "AND CAST(value AS INTEGER)>(SELECT coalesce(max(id), 0) FROM attempt)"},
             std::pair{&rollup.rows_,
                       "SELECT id, server, starttime, substr(result,1,1), counted FROM attempt WHERE id>?1 "
                       "ORDER BY id LIMIT ?2"},
             std::pair{&rollup.add_,
                       "INSERT INTO rollup VALUES(?1,?2,CAST(?3 AS BLOB)) "
                       "ON CONFLICT DO UPDATE SET cells=CAST(cells || excluded.cells AS BLOB)"},
             std::pair{&rollup.move_, "UPDATE meta SET value=?1 WHERE key='rolled_up'"},
             std::pair{&rollup.last_name_, "SELECT coalesce(max(id), 0) FROM name"},
             std::pair{&rollup.remove_, "DELETE FROM rollup WHERE server>?1 AND server<=?2 AND hour<?3"},
         }) {
        auto prepared = Statement::prepare(database, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return rollup;
}

Result<std::uint64_t> Rollup::step(std::uint32_t max_rows) {
    const auto place = position_.step();
    if (!place) return tl::unexpected(place.error());
    auto last = position_.integer(0);
    position_.reset();
    std::vector<Counted> counted;
    std::uint64_t read = 0;
    rows_.bind(1, last);
    rows_.bind(2, std::int64_t{max_rows});
    for (;; ++read) {
        const auto row = rows_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) break;
        last = rows_.integer(0);
        const auto time = base::parse_ledger_time(rows_.text(2));
        const auto result_class = rows_.text(3);
        if (time && !result_class.empty() && rows_.integer(4) != 0)
            counted.push_back({rows_.integer(1), base::unix_seconds(*time) / 60, result_class.front()});
    }
    if (read == 0) return 0;
    if (auto added = add(std::move(counted)); !added) return tl::unexpected(added.error());
    move_.bind(1, last);
    if (auto moved = move_.run(); !moved) return tl::unexpected(moved.error());
    return read;
}

Result<void> Rollup::add(std::vector<Counted> counted) {
    std::sort(counted.begin(), counted.end());
    std::string cells;
    for (auto at = counted.begin(); at != counted.end();) {
        const auto server = at->server;
        const auto hour = at->minute / 60;
        cells.clear();
        while (at != counted.end() && at->server == server && at->minute / 60 == hour) {
            const auto next = std::upper_bound(at, counted.end(), *at);
            append_cell(cells, static_cast<unsigned>(at->minute % 60), at->result_class,
                        static_cast<std::uint64_t>(next - at));
            at = next;
        }
        if (cells.empty()) continue;
        add_.bind(1, server);
        add_.bind(2, hour);
        add_.bind(3, cells);
        if (auto done = add_.run(); !done) return done;
    }
    return {};
}

Result<void> Rollup::prune(std::int64_t hour) {
    const auto row = last_name_.step();
    if (!row) return tl::unexpected(row.error());
    const auto last = last_name_.integer(0);
    last_name_.reset();
    if (pruned_up_to_ >= last) pruned_up_to_ = 0;
    remove_.bind(1, pruned_up_to_);
    remove_.bind(2, pruned_up_to_ + names_per_prune);
    remove_.bind(3, hour);
    pruned_up_to_ += names_per_prune;
    return remove_.run();
}

}  // namespace nexthopd::ledger
