#include "ledger/hold_rows.hpp"

#include <utility>

namespace nexthopd::ledger {

using base::Result;

Result<HoldRows> HoldRows::prepare(const Database& database) {
    HoldRows rows;
    for (auto [statement, sql] : {
             std::pair{&rows.start_, "REPLACE INTO hold VALUES(?1,?2,?3,?4,?5,?6,?7,?8,NULL,NULL,?9)"},
             std::pair{&rows.end_, "UPDATE hold SET ended=?2, why=?3 WHERE id=?1 AND ended IS NULL"},
             std::pair{
                 &rows.active_,
                 "SELECT id, connection, recipient, since, until, reason, rule, evidence, queue_id FROM hold "
                 "WHERE ended IS NULL ORDER BY until"},
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
        const auto text = [&](int column) { return std::string(active_.text(column)); };
        const auto time = [&](int column) {
            return base::parse_ledger_time(active_.text(column)).value_or(base::WallTime{});
        };
        auto& hold = holds.emplace_back();
        hold = {text(0), text(1), text(2), time(3), time(4), text(5), text(6), text(7)};
        hold.queue_id = text(8);
    }
}

Result<void> HoldRows::prune(base::WallTime before) {
    const auto text = base::ledger_time(before);
    remove_.bind(1, text);
    return remove_.run();
}

}  // namespace nexthopd::ledger
