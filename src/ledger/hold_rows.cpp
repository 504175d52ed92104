#include "ledger/hold_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nexthopd::ledger {

using base::Result;

namespace {

constexpr std::chrono::milliseconds longest_hold = std::chrono::hours(100 * 24);

}  // namespace

mail::Hold hold_of(const Statement& row) {
    const auto text = [&](int column) { return std::string(row.text(column)); };
    const auto time = [&](int column) {
        return base::parse_ledger_time(row.text(column)).value_or(base::WallTime{});
    };
    mail::Hold hold{text(0), text(1), text(2), time(3), time(4), text(5), text(6), text(7)};
    hold.scope = mail::hold_scope(row.text(8)).value_or(mail::HoldScope::mail);
    hold.observed = row.integer(9) != 0;
    hold.version = text(10);
    // A file that another program wrote may hold any number.
    hold.length =
        std::chrono::milliseconds(std::clamp<std::int64_t>(row.integer(11), 0, longest_hold.count()));
    hold.queue_id = text(12);
    return hold;
}

Result<HoldRows> HoldRows::prepare(const Database& database) {
    HoldRows rows;
    const auto active = fmt::format("SELECT {} FROM hold WHERE ended IS NULL ORDER BY until", hold_columns);
    for (auto [statement, sql] : {
             std::pair{&rows.start_,
                       "REPLACE INTO hold VALUES(?1,?2,?3,?4,?5,?6,?7,?8,NULL,NULL,?9,?10,?11,?12,?13)"},
             std::pair{&rows.end_, "UPDATE hold SET ended=?2, why=?3 WHERE id=?1 AND ended IS NULL"},
             std::pair{&rows.active_, active.c_str()},
             std::pair{&rows.remove_, "DELETE FROM hold WHERE ended<?1"},
         }) {
        auto prepared = Statement::prepare(database, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return rows;
}

Result<void> HoldRows::start(const mail::Hold& hold) {
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
    start_.bind(9, hold.queue_id);
    start_.bind(10, std::string_view(mail::to_text(hold.scope)));
    start_.bind(11, std::int64_t{hold.observed ? 1 : 0});
    start_.bind(12, hold.version);
    start_.bind(13, std::int64_t{hold.length.count()});
    return start_.run();
}

Result<void> HoldRows::end(const EndedHold& ended) {
    const auto when = base::ledger_time(ended.when);
    end_.bind(1, ended.id);
    end_.bind(2, when);
    end_.bind(3, ended.why);
    return end_.run();
}

Result<std::vector<mail::Hold>> HoldRows::active() {
    std::vector<mail::Hold> holds;
    for (;;) {
        const auto row = active_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return holds;
        holds.push_back(hold_of(active_));
    }
}

Result<void> HoldRows::prune(base::WallTime before) {
    const auto text = base::ledger_time(before);
    remove_.bind(1, text);
    return remove_.run();
}

}  // namespace nexthopd::ledger
