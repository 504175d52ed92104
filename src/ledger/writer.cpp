#include "ledger/writer.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/clock.hpp"

namespace nexthopd::ledger {

namespace {

using base::Result;

constexpr const char* insert_attempt =
    "INSERT INTO attempt(starttime, server, counted, result, status, stage, domain, recipient, queue_id, "
    "instance,"
    " connection, session, sender, address, port, code, dsn, reason, delay, size, retries, tls, mode, mta) "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24)";

constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t names_per_prune = 10'000;  // a scan of some 2 ms

std::int64_t day_of(base::WallTime time) {
    // Days before 1970 come from broken clocks only.
    return std::max<std::int64_t>(base::unix_seconds(time) / seconds_per_day, 0);
}

// SQLite's integers are signed; the bits are kept.
std::int64_t stored(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}
std::uint64_t loaded(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

base::WallTime time_of(std::string_view text) {
    return base::parse_ledger_time(text).value_or(base::WallTime{});
}

}  // namespace

Result<Writer> Writer::prepare(Database database) {
    Writer writer;
    writer.database_ = std::move(database);
    auto names = Names::prepare(writer.database_);
    if (!names) return tl::unexpected(names.error());
    writer.names_ = std::move(*names);
    for (auto [statement, sql] : {
             std::pair{&writer.begin_, "BEGIN IMMEDIATE"},
             std::pair{&writer.commit_, "COMMIT"},
             std::pair{&writer.insert_, insert_attempt},
             std::pair{&writer.follow_,
                       "REPLACE INTO followed VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)"},
             std::pair{&writer.follow_cursor_, "REPLACE INTO meta VALUES('cursor:' || ?1, ?2)"},
             std::pair{&writer.cursor_, "SELECT value FROM meta WHERE key='cursor:' || ?1"},
             std::pair{&writer.start_, "REPLACE INTO hold VALUES(?1,?2,?3,?4,?5,?6,?7,?8,NULL,NULL)"},
             std::pair{&writer.end_, "UPDATE hold SET ended=?2, why=?3 WHERE id=?1 AND ended IS NULL"},
             std::pair{&writer.holds_,
                       "SELECT id, connection, recipient, since, until, reason, rule, evidence FROM hold "
                       "WHERE ended IS NULL ORDER BY until"},
             std::pair{
                 &writer.positions_,
                 "SELECT device, inode, head_hash, head_length, offset, tail_hash, began, resume_device,"
                 " resume_inode, resume_head_hash, resume_head_length, resume_offset, path FROM followed"},
             std::pair{&writer.add_range_, "REPLACE INTO log_range VALUES(?1,?2,?3,?4)"},
             std::pair{&writer.ranges_, "SELECT head_hash, head_length, first, last FROM log_range"},
             std::pair{&writer.remove_old_,
                       "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE starttime<?1 "
                       "ORDER BY starttime LIMIT ?2)"},
             std::pair{
                 &writer.remove_oldest_,
                 "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt ORDER BY starttime LIMIT ?1)"},
             std::pair{&writer.remove_holds_, "DELETE FROM hold WHERE ended<?1"},
             std::pair{
                 &writer.used_,
                 "SELECT (pages.page_count - free.freelist_count) * size.page_size FROM pragma_page_count "
                 "AS pages, pragma_freelist_count AS free, pragma_page_size AS size"},
             std::pair{&writer.range_,
                       "SELECT min(starttime), max(starttime) FROM attempt WHERE starttime>=?1"},
             std::pair{&writer.cells_,
                       "SELECT s.name, substr(a.result,1,1) AS class, count(*) "
                       "FROM attempt AS a INDEXED BY attempt_time JOIN name AS s ON s.id=a.server "
                       "WHERE a.starttime>=?1 AND a.starttime<?2 AND a.counted=1 GROUP BY a.server, class"},
         }) {
        auto prepared = Statement::prepare(writer.database_, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return writer;
}

Result<void> Writer::insert(const mail::Attempt& attempt) {
    const auto day = day_of(attempt.time);
    Result<void> named;
    const auto name = [&](std::string_view text) -> std::optional<std::int64_t> {
        if (!named) return std::nullopt;
        const auto id = names_.id(database_, text, day);
        if (id) return *id;
        named = tl::unexpected(id.error());
        return std::nullopt;
    };
    const auto name_or_null = [&](std::string_view text) {
        return text.empty() ? std::optional<std::int64_t>() : name(text);
    };
    const auto starttime = base::ledger_time(attempt.time);
    insert_.bind(1, starttime);
    insert_.bind(2, name(attempt.server));
    insert_.bind(3, std::int64_t{attempt.counted});
    insert_.bind(4, attempt.result);
    insert_.bind(5, static_cast<std::int64_t>(attempt.status));
    insert_.bind(6, static_cast<std::int64_t>(attempt.stage));
    insert_.bind(7, name(attempt.domain));
    insert_.bind(8, attempt.recipient);
    insert_.bind(9, attempt.queue_id);
    insert_.bind(10, name(attempt.instance));
    insert_.bind(11, name(attempt.connection));
    insert_.bind(12, stored(attempt.session));
    insert_.bind(13, attempt.sender);
    insert_.bind(14, name_or_null(attempt.address));
    insert_.bind(15, std::int64_t{attempt.port});
    insert_.bind(16, attempt.code ? std::optional<std::int64_t>(*attempt.code) : std::nullopt);
    insert_.bind(17, attempt.dsn);
    insert_.bind(18, name_or_null(attempt.reason));
    insert_.bind(19, attempt.delay);
    insert_.bind(20, attempt.size ? std::optional(stored(*attempt.size)) : std::nullopt);
    insert_.bind(21, attempt.retries ? std::optional<std::int64_t>(*attempt.retries) : std::nullopt);
    insert_.bind(22, std::int64_t{attempt.tls});
    insert_.bind(23, static_cast<std::int64_t>(attempt.mode));
    insert_.bind(24, std::string_view(mail::to_text(attempt.mta)));
    if (!named) return named;
    return insert_.run();
}

Result<void> Writer::follow(const Position& position) {
    const auto& upto = position.emitted_upto;
    const auto& resume = position.resume_at;
    follow_.bind(1, position.path);
    int column = 2;
    for (const auto value :
         {upto.device, upto.inode, upto.head_hash, upto.head_length, upto.offset, upto.tail_hash,
          position.began, resume.device, resume.inode, resume.head_hash, resume.head_length, resume.offset})
        follow_.bind(column++, stored(value));
    return follow_.run();
}

Result<void> Writer::follow(const Cursor& cursor) {
    follow_cursor_.bind(1, cursor.source);
    follow_cursor_.bind(2, cursor.place);
    return follow_cursor_.run();
}

Result<void> Writer::add(const Range& range) {
    add_range_.bind(1, stored(range.head_hash));
    add_range_.bind(2, stored(range.head_length));
    add_range_.bind(3, stored(range.first));
    add_range_.bind(4, stored(range.last));
    return add_range_.run();
}

Result<void> Writer::start(const mail::Hold& hold) {
    const auto since = base::ledger_time(hold.since);
    const auto until = base::ledger_time(hold.until);
    start_.bind(1, hold.id);
    start_.bind(2, hold.connection);
    start_.bind(3, hold.recipient);
    start_.bind(4, since);
    start_.bind(5, until);
    start_.bind(6, hold.reason);
    start_.bind(7, hold.rule);
    start_.bind(8, hold.evidence);
    return start_.run();
}

Result<void> Writer::end(const EndedHold& ended) {
    const auto when = base::ledger_time(ended.when);
    end_.bind(1, ended.id);
    end_.bind(2, when);
    end_.bind(3, ended.why);
    return end_.run();
}

Result<std::uint64_t> Writer::prune(const Retention& retention) {
    const auto before = base::ledger_time(retention.before);
    remove_old_.bind(1, before);
    remove_old_.bind(2, std::int64_t{retention.max_rows});
    if (auto run = remove_old_.run(); !run) return tl::unexpected(run.error());
    const auto removed = loaded(database_.changes());
    if (removed >= retention.max_rows) return removed;

    // All rows before that time are gone, so names last used on an earlier day have no row.
    if (auto run = names_.prune(database_, day_of(retention.before), names_per_prune); !run)
        return tl::unexpected(run.error());
    const auto holds_before = base::ledger_time(retention.holds_before);
    remove_holds_.bind(1, holds_before);
    if (auto run = remove_holds_.run(); !run) return tl::unexpected(run.error());

    if (retention.max_bytes == 0) return removed;
    const auto used = used_bytes();
    if (!used) return used;
    if (*used <= retention.max_bytes) return removed;
    const auto oldest = remove_oldest(retention.max_rows - removed);
    return oldest ? removed + *oldest : oldest;
}

Result<std::uint64_t> Writer::used_bytes() {
    const auto row = used_.step();
    if (!row) return tl::unexpected(row.error());
    const auto used = loaded(used_.integer(0));
    used_.reset();
    return used;
}

Result<std::uint64_t> Writer::remove_oldest(std::uint64_t rows) {
    remove_oldest_.bind(1, stored(rows));
    if (auto run = remove_oldest_.run(); !run) return tl::unexpected(run.error());
    return loaded(database_.changes());
}

Result<std::vector<mail::Hold>> Writer::holds() {
    std::vector<mail::Hold> holds;
    for (;;) {
        const auto row = holds_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return holds;
        const auto text = [&](int column) { return std::string(holds_.text(column)); };
        holds.push_back({text(0), text(1), text(2), time_of(holds_.text(3)), time_of(holds_.text(4)), text(5),
                         text(6), text(7)});
    }
}

Result<std::vector<Position>> Writer::positions() {
    std::vector<Position> found;
    for (;;) {
        const auto row = positions_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return found;
        const auto number = [&](int column) { return loaded(positions_.integer(column)); };
        found.push_back({std::string(positions_.text(12)),
                         {number(0), number(1), number(2), number(3), number(4), number(5)},
                         number(6),
                         {number(7), number(8), number(9), number(10), number(11), 0}});
    }
}

Result<std::vector<Range>> Writer::ranges() {
    std::vector<Range> found;
    for (;;) {
        const auto row = ranges_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return found;
        const auto number = [&](int column) { return loaded(ranges_.integer(column)); };
        found.push_back({number(0), number(1), number(2), number(3)});
    }
}

Result<std::optional<std::string>> Writer::cursor(std::string_view source) {
    cursor_.bind(1, source);
    const auto row = cursor_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return std::nullopt;
    std::string found(cursor_.text(0));
    cursor_.reset();
    return found;
}

Result<void> Writer::recent(base::WallTime since, const std::function<void(const Cell&)>& cell) {
    using namespace std::chrono;
    const auto from = base::ledger_time(floor<minutes>(since));
    range_.bind(1, from);
    const auto row = range_.step();
    if (!row) return tl::unexpected(row.error());
    const auto first = base::parse_ledger_time(range_.text(0));
    const auto last = base::parse_ledger_time(range_.text(1));
    range_.reset();
    if (!first || !last) return {};
    // One query a minute: SQLite then sorts a minute's servers, not those of hours.
    for (base::WallTime minute = floor<minutes>(*first); minute <= *last; minute += minutes(1))
        if (auto done = cells_of(minute, cell); !done) return done;
    return {};
}

Result<void> Writer::cells_of(base::WallTime minute, const std::function<void(const Cell&)>& cell) {
    const auto from = base::ledger_time(minute);
    const auto to = base::ledger_time(minute + std::chrono::minutes(1));
    cells_.bind(1, from);
    cells_.bind(2, to);
    for (;;) {
        const auto row = cells_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return {};
        const auto result_class = cells_.text(1);
        cell({minute, cells_.text(0), result_class.empty() ? '0' : result_class.front(),
              static_cast<std::uint32_t>(cells_.integer(2))});
    }
}

}  // namespace nexthopd::ledger
