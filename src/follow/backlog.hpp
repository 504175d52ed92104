// What waits for a commit. While the database fails it grows, up to a bound; then the oldest rows go.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/store.hpp"
#include "mail/attempt.hpp"

namespace nexthopd::follow {

class Backlog {
  public:
    static constexpr std::size_t max_rows = 20'000;             // four full batches
    static constexpr std::size_t max_bytes = 16 * 1024 * 1024;  // the texts of the rows are strangers'
    static constexpr std::size_t max_holds = 20'000;

    /// What is to be committed now: `attempts` (left empty) behind the rows that wait already.
    const ledger::Batch& with(std::vector<mail::Attempt>& attempts, std::vector<ledger::Position> positions,
                              std::vector<ledger::Range> ranges, std::vector<ledger::Cursor> cursors = {});
    /// After a commit: nothing waits, and the rows of the last with() are given back.
    std::vector<mail::Attempt> committed();
    /// After a failure: all rows wait, those of the last with() are given back as copies.
    std::vector<mail::Attempt> failed();

    void start(mail::Hold hold);
    void end(ledger::EndedHold ended);

    std::size_t rows() const { return batch_.attempts.size(); }
    std::uint64_t rows_lost() const { return rows_lost_; }
    std::uint64_t holds_lost() const { return holds_lost_; }

  private:
    void trim();

    ledger::Batch batch_;
    std::size_t waiting_ = 0;  // rows before those of the last with()
    std::uint64_t rows_lost_ = 0;
    std::uint64_t holds_lost_ = 0;
};

}  // namespace nexthopd::follow
