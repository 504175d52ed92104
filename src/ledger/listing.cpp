#include "ledger/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ledger/hold_rows.hpp"
#include "ledger/sqlite.hpp"

namespace nexthopd::ledger {

namespace {

using base::Result;

constexpr const char* select_attempts =
    "SELECT a.starttime,"                                           // 0
    "(SELECT name FROM name WHERE id=a.instance),"                  // 1
    "a.queue_id, a.session,"                                        // 2, 3
    "(SELECT name FROM name WHERE id=a.connection),"                // 4
    "a.sender, a.recipient,"                                        // 5, 6
    "(SELECT name FROM name WHERE id=a.domain),"                    // 7
    "(SELECT name FROM name WHERE id=a.server),"                    // 8
    "(SELECT name FROM name WHERE id=a.address),"                   // 9
    "a.port, a.result, a.code, a.dsn, a.status, a.stage,"           // 10 … 15
    "(SELECT name FROM name WHERE id=a.reason),"                    // 16
    "a.delay, a.size, a.retries, a.tls, a.mode, a.counted, a.mta "  // 17 … 23
    "FROM attempt AS a WHERE 1=1";

/// A condition of the statement and the text that it compares with.
struct Condition {
    const char* sql;
    std::string value;
};

std::vector<Condition> conditions(const Filter& filter) {
    std::vector<Condition> wanted;
    if (!filter.queue_id.empty()) wanted.push_back({" AND a.queue_id=?", filter.queue_id});
    if (!filter.server.empty())
        wanted.push_back({" AND a.server=(SELECT id FROM name WHERE name=?)", filter.server});
    if (!filter.domain.empty())
        wanted.push_back({" AND a.domain=(SELECT id FROM name WHERE name=?)", filter.domain});
    if (!filter.recipient.empty()) wanted.push_back({" AND a.recipient=?", filter.recipient});
    if (!filter.reason.empty())
        wanted.push_back({" AND a.reason=(SELECT id FROM name WHERE name=?)", filter.reason});
    if (filter.status)
        wanted.push_back(
            {" AND a.status=CAST(? AS INTEGER)", std::to_string(static_cast<int>(*filter.status))});
    if (filter.since) wanted.push_back({" AND a.starttime>=?", base::ledger_time(*filter.since)});
    return wanted;
}

// A file that another program wrote may hold any number.
template <class Enum>
Enum enumerator(std::int64_t value, Enum last) {
    return static_cast<Enum>(std::clamp<std::int64_t>(value, 0, static_cast<std::int64_t>(last)));
}

template <class T>
std::optional<T> number(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return static_cast<T>(row.integer(column));
}

mail::Attempt attempt_of(const Statement& row) {
    const auto text = [&](int column) { return std::string(row.text(column)); };
    mail::Attempt attempt;
    attempt.time = base::parse_ledger_time(row.text(0)).value_or(base::WallTime{});
    attempt.instance = text(1);
    attempt.queue_id = text(2);
    attempt.session = static_cast<std::uint64_t>(row.integer(3));
    attempt.connection = text(4);
    attempt.sender = text(5);
    attempt.recipient = text(6);
    attempt.domain = text(7);
    attempt.server = text(8);
    attempt.address = text(9);
    attempt.port = static_cast<std::uint16_t>(row.integer(10));
    attempt.result = text(11);
    attempt.code = number<int>(row, 12);
    attempt.dsn = text(13);
    attempt.status = enumerator(row.integer(14), mail::Status::bounced);
    attempt.stage = enumerator(row.integer(15), mail::Stage::relay);
    attempt.reason = text(16);
    if (!row.is_null(17)) attempt.delay = row.real(17);
    attempt.size = number<std::uint64_t>(row, 18);
    attempt.retries = number<std::uint32_t>(row, 19);
    attempt.tls = row.integer(20) != 0;
    attempt.mode = enumerator(row.integer(21), mail::Mode::probe);
    attempt.counted = row.integer(22) != 0;
    if (row.text(23) == "exim") attempt.mta = mail::Mta::exim;
    return attempt;
}

Result<Database> open(const std::string& path) {
    auto database = Database::open(path, Database::Access::read_only, listing_cache_kib, writer_busy_ms);
    if (database) database->interrupt_after(std::chrono::steady_clock::now() + listing_time);
    return database;
}

}  // namespace

Result<Listed> list_attempts(const std::string& path, const Filter& filter) {
    auto database = open(path);
    if (!database) return tl::unexpected(database.error());
    std::string sql = select_attempts;
    const auto wanted = conditions(filter);
    for (const auto& condition : wanted)
        sql += condition.sql;
    if (!filter.all) sql += " AND a.counted=1";
    sql += " ORDER BY a.starttime DESC, a.id DESC LIMIT ?";
    auto query = Statement::prepare(*database, sql);
    if (!query) return tl::unexpected(query.error());
    int place = 0;
    for (const auto& condition : wanted)
        query->bind(++place, std::string_view(condition.value));
    query->bind(++place, std::int64_t{std::min(filter.limit, max_listed)});

    Listed listed;
    for (;;) {
        const auto row = query->step();
        if (!row && database->interrupted()) {
            listed.complete = false;
            return listed;
        }
        if (!row) return tl::unexpected(row.error());
        if (!*row) return listed;
        listed.attempts.push_back(attempt_of(*query));
    }
}

Result<std::optional<KnownHold>> find_hold(const std::string& path, const std::string& id) {
    auto database = open(path);
    if (!database) return tl::unexpected(database.error());
    const auto sql = fmt::format("SELECT {}, ended, why FROM hold WHERE id=?1", hold_columns);
    auto query = Statement::prepare(*database, sql);
    if (!query) return tl::unexpected(query.error());
    query->bind(1, std::string_view(id));
    const auto row = query->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return std::nullopt;
    const auto text = [&](int column) { return std::string(query->text(column)); };
    const auto time = [&](int column) {
        return base::parse_ledger_time(query->text(column)).value_or(base::WallTime{});
    };
    KnownHold known{hold_of(*query), std::nullopt};
    if (!query->is_null(hold_column_count))
        known.ended = EndedHold{text(0), time(hold_column_count), text(hold_column_count + 1)};
    return known;
}

}  // namespace nexthopd::ledger
