#include "ledger/writer.hpp"

#include <chrono>
#include <string>
#include <type_traits>
#include <utility>

#include "base/clock.hpp"

namespace nexthopd::ledger {

namespace {

using base::Result;

// SQLite's integers are signed; the bits are kept.
std::int64_t stored(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}
std::uint64_t loaded(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

}  // namespace

Result<Writer> Writer::prepare(Database database) {
    Writer writer;
    writer.database_ = std::move(database);
    Result<void> made;
    const auto make = [&](auto& part) {
        if (!made) return;
        auto prepared = std::decay_t<decltype(part)>::prepare(writer.database_);
        if (prepared)
            part = std::move(*prepared);
        else
            made = tl::unexpected(prepared.error());
    };
    make(writer.names_);
    make(writer.attempts_);
    make(writer.holds_);
    make(writer.pruning_);
    if (!made) return tl::unexpected(made.error());
    for (auto [statement, sql] : {
             std::pair{&writer.begin_, "BEGIN IMMEDIATE"},
             std::pair{&writer.commit_, "COMMIT"},
             std::pair{&writer.follow_, "REPLACE INTO followed VALUES(?1,?2,?3,?4,?5,?6)"},
             std::pair{&writer.position_,
                       "SELECT device, inode, head_hash, head_length, offset FROM followed WHERE path=?1"},
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

Result<void> Writer::follow(const Position& position) {
    follow_.bind(1, position.path);
    follow_.bind(2, stored(position.device));
    follow_.bind(3, stored(position.inode));
    follow_.bind(4, stored(position.head_hash));
    follow_.bind(5, stored(position.head_length));
    follow_.bind(6, stored(position.offset));
    return follow_.run();
}

Result<std::optional<Position>> Writer::position(std::string_view path) {
    position_.bind(1, path);
    const auto row = position_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return std::nullopt;
    const auto number = [&](int column) { return loaded(position_.integer(column)); };
    Position found{std::string(path), number(0), number(1), number(2), number(3), number(4)};
    position_.reset();
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
