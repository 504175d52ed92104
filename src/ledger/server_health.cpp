#include "ledger/server_health.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "ledger/listing.hpp"
#include "ledger/minute_cells.hpp"
#include "ledger/sqlite.hpp"

namespace nexthopd::ledger {

namespace {

using base::Result;

struct Counted {
    std::int64_t id = 0;
    ServerHealth health;
    std::uint64_t failures() const { return health.deferred + health.refused; }
};

/// The most failures, then the most attempts, then by name.
bool hurts_more(const Counted& a, const Counted& b) {
    if (a.failures() != b.failures()) return a.failures() > b.failures();
    if (a.health.attempts != b.health.attempts) return a.health.attempts > b.health.attempts;
    return a.id < b.id;
}

/// Keeps the first `limit` of a list that may be twice as long.
void keep_first(std::vector<Counted>& list, std::size_t limit) {
    if (list.size() <= limit) return;
    std::nth_element(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(limit), list.end(), hurts_more);
    list.resize(limit);
}

void add_hour(ServerHealth& health, std::size_t hour, std::string_view cells) {
    const auto count = [&](char result_class) { return sum_cells(cells, result_class, 0, 59); };
    const auto deferred = count('4');
    const auto refused = count('5');
    health.deferred += deferred;
    health.refused += refused;
    health.attempts += count('2') + deferred + refused;
    health.failed[hour] += deferred + refused;
}

/// False: the time was over.
Result<bool> count_all(const Database& database, std::int64_t first_hour, std::size_t limit,
                       std::vector<Counted>& list) {
    auto query =
        Statement::prepare(database, "SELECT server, hour, cells FROM rollup WHERE hour>=?1 ORDER BY server");
    if (!query) return tl::unexpected(query.error());
    query->bind(1, first_hour);
    for (;;) {
        const auto row = query->step();
        if (!row && database.interrupted()) return false;
        if (!row) return tl::unexpected(row.error());
        if (!*row) return true;
        const auto server = query->integer(0);
        if (list.empty() || list.back().id != server) {
            if (list.size() >= 2 * limit) keep_first(list, limit);
            list.push_back({server, {}});
        }
        const auto hour =
            std::min<std::int64_t>(query->integer(1) - first_hour, ServerHealth::hours_shown - 1);
        add_hour(list.back().health, static_cast<std::size_t>(hour), query->text(2));
    }
}

Result<void> name_and_reply(Counted& counted, Statement& name, std::initializer_list<Statement*> newest) {
    name.bind(1, counted.id);
    const auto named = name.step();
    if (!named) return tl::unexpected(named.error());
    if (*named) counted.health.server = name.text(0);
    name.reset();
    for (auto* const query : newest) {
        query->bind(1, counted.id);
        const auto row = query->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) continue;
        const auto time = base::parse_ledger_time(query->text(0));
        if (time && (!counted.health.last_failure || *time > *counted.health.last_failure)) {
            counted.health.last_failure = time;
            counted.health.last_reply = query->text(1);
        }
        query->reset();
    }
    return {};
}

}  // namespace

Result<ServersListed> list_servers(const std::string& path, base::WallTime now, std::size_t limit) {
    auto database = Database::open(path, Database::Access::read_only, listing_cache_kib, writer_busy_ms);
    if (!database) return tl::unexpected(database.error());
    database->interrupt_after(std::chrono::steady_clock::now() + listing_time);
    const auto first_hour =
        base::unix_seconds(now) / 3600 - static_cast<std::int64_t>(ServerHealth::hours_shown) + 1;
    std::vector<Counted> list;
    ServersListed listed;
    const auto complete = count_all(*database, first_hour, limit, list);
    if (!complete) return tl::unexpected(complete.error());
    listed.complete = *complete;
    keep_first(list, limit);
    std::sort(list.begin(), list.end(), hurts_more);

    database->interrupt_after(std::chrono::steady_clock::now() + listing_time);
    auto name = Statement::prepare(*database, "SELECT name FROM name WHERE id=?1");
    auto newest_4 =
        Statement::prepare(*database,
                           "SELECT starttime, result FROM attempt WHERE server=?1 AND result>='4' AND "
                           "result<'5' AND counted=1 ORDER BY starttime DESC LIMIT 1");
    auto newest_5 =
        Statement::prepare(*database,
                           "SELECT starttime, result FROM attempt WHERE server=?1 AND result>='5' AND "
                           "result<'6' AND counted=1 ORDER BY starttime DESC LIMIT 1");
    for (const auto* const prepared : {&name, &newest_4, &newest_5})
        if (!*prepared) return tl::unexpected(prepared->error());
    for (auto& counted : list) {
        if (auto done = name_and_reply(counted, *name, {&*newest_4, &*newest_5}); !done)
            return tl::unexpected(done.error());
        listed.servers.push_back(std::move(counted.health));
    }
    return listed;
}

}  // namespace nexthopd::ledger
