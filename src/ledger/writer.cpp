#include "ledger/writer.hpp"

#include <string>
#include <type_traits>
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
    make(writer.rollup_);
    make(writer.recent_);
    make(writer.forgetting_);
    if (!made) return tl::unexpected(made.error());
    for (auto [statement, sql] : {
             std::pair{&writer.begin_, "BEGIN IMMEDIATE"},
             std::pair{&writer.commit_, "COMMIT"},
             std::pair{&writer.follow_, "REPLACE INTO followed VALUES(?1,?2,?3,?4,?5,?6)"},
             std::pair{&writer.position_,
                       "SELECT device, inode, head_hash, head_length, offset FROM followed WHERE path=?1"},
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

}  // namespace nexthopd::ledger
