#include "ledger/log_places.hpp"

#include <utility>

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

Result<LogPlaces> LogPlaces::prepare(const Database& database) {
    LogPlaces places;
    for (auto [statement, sql] : {
             std::pair{&places.follow_,
                       "REPLACE INTO followed VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)"},
             std::pair{
                 &places.positions_,
                 "SELECT device, inode, head_hash, head_length, offset, tail_hash, began, resume_device,"
                 " resume_inode, resume_head_hash, resume_head_length, resume_offset, path FROM followed"},
             std::pair{&places.add_range_, "REPLACE INTO log_range VALUES(?1,?2,?3,?4)"},
             std::pair{&places.ranges_, "SELECT head_hash, head_length, first, last FROM log_range"},
             std::pair{&places.follow_cursor_, "REPLACE INTO meta VALUES('cursor:' || ?1, ?2)"},
             std::pair{&places.cursor_, "SELECT value FROM meta WHERE key='cursor:' || ?1"},
         }) {
        auto prepared = Statement::prepare(database, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return places;
}

Result<void> LogPlaces::follow(const Position& position) {
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

Result<void> LogPlaces::follow(const Cursor& cursor) {
    follow_cursor_.bind(1, cursor.source);
    follow_cursor_.bind(2, cursor.place);
    return follow_cursor_.run();
}

Result<void> LogPlaces::add(const Range& range) {
    add_range_.bind(1, stored(range.head_hash));
    add_range_.bind(2, stored(range.head_length));
    add_range_.bind(3, stored(range.first));
    add_range_.bind(4, stored(range.last));
    return add_range_.run();
}

Result<std::vector<Position>> LogPlaces::positions() {
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

Result<std::vector<Range>> LogPlaces::ranges() {
    std::vector<Range> found;
    for (;;) {
        const auto row = ranges_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return found;
        const auto number = [&](int column) { return loaded(ranges_.integer(column)); };
        found.push_back({number(0), number(1), number(2), number(3)});
    }
}

Result<std::optional<std::string>> LogPlaces::cursor(std::string_view source) {
    cursor_.bind(1, source);
    const auto row = cursor_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return std::nullopt;
    std::string found(cursor_.text(0));
    cursor_.reset();
    return found;
}

}  // namespace nexthopd::ledger
