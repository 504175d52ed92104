#include "ledger/recent_cells.hpp"

#include <chrono>
#include <utility>

namespace nexthopd::ledger {

using base::Result;

Result<RecentCells> RecentCells::prepare(const Database& database) {
    RecentCells cells;
    for (auto [statement, sql] : {
             // Counted here, not by GROUP BY: SQLite would sort all rows.
             std::pair{&cells.rows_,
                       "SELECT starttime, server, substr(result,1,1), counted, domain, reason FROM attempt "
                       "INDEXED BY attempt_time "
                       "WHERE starttime>=?1 ORDER BY starttime"},
             std::pair{&cells.name_, "SELECT name FROM name WHERE id=?1"},
         }) {
        auto prepared = Statement::prepare(database, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return cells;
}

Result<void> RecentCells::read(base::WallTime since, const std::function<void(const Cell&)>& cell) {
    constexpr std::size_t to_minute = 16;  // of `2026-11-22 17:30:00`
    const auto from = base::ledger_time(std::chrono::floor<std::chrono::minutes>(since));
    rows_.bind(1, from);
    std::string minute;
    Counts counts;
    Names names;
    const auto tell_minute = [&]() -> Result<void> {
        const auto time = base::parse_ledger_time(minute + ":00");
        auto told = time ? tell(*time, counts, names, cell) : Result<void>();
        counts.clear();
        return told;
    };
    for (;;) {
        const auto row = rows_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) break;
        if (const auto starttime = rows_.text(0).substr(0, to_minute); starttime != minute) {
            if (auto told = tell_minute(); !told) return told;
            minute = starttime;
        }
        if (rows_.integer(3) == 0) continue;
        const auto result_class = rows_.text(2);
        ++counts[{rows_.integer(1), rows_.integer(4), rows_.integer(5),
                  result_class.empty() ? '0' : result_class.front()}];
    }
    return tell_minute();
}

Result<void> RecentCells::tell(base::WallTime minute, const Counts& counts, Names& names,
                               const std::function<void(const Cell&)>& cell) {
    for (const auto& [key, count] : counts) {
        // All three first: what is added to `names` moves the others.
        for (const auto id : {key.server, key.domain, key.reason})
            if (auto found = name_of(id, names); !found) return tl::unexpected(found.error());
        const auto server = *name_of(key.server, names);
        if (server.empty()) continue;
        cell({minute, server, *name_of(key.domain, names), *name_of(key.reason, names), key.result_class,
              count});
    }
    return {};
}

Result<std::string_view> RecentCells::name_of(std::int64_t id, Names& names) {
    if (id == 0) return std::string_view();
    if (const auto known = names.find(id); known != names.end()) return known->second;
    name_.bind(1, id);
    const auto row = name_.step();
    if (!row) return tl::unexpected(row.error());
    const auto added = names.emplace(id, *row ? std::string(name_.text(0)) : std::string()).first;
    if (*row) name_.reset();
    return added->second;
}

}  // namespace nexthopd::ledger
