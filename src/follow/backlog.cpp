#include "follow/backlog.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace nexthopd::follow {

namespace {

std::size_t footprint(const mail::Attempt& attempt) {
    return sizeof attempt + attempt.instance.size() + attempt.queue_id.size() + attempt.connection.size() +
           attempt.sender.size() + attempt.recipient.size() + attempt.domain.size() + attempt.server.size() +
           attempt.address.size() + attempt.result.size() + attempt.dsn.size() + attempt.reason.size();
}

}  // namespace

const ledger::Batch& Backlog::with(std::vector<mail::Attempt>& attempts,
                                   std::vector<ledger::Position> positions,
                                   std::vector<ledger::Range> ranges,
                                   std::vector<ledger::Cursor> cursors) {
    waiting_ = batch_.attempts.size();
    if (waiting_ == 0)
        batch_.attempts.swap(attempts);
    else
        batch_.attempts.insert(batch_.attempts.end(), std::make_move_iterator(attempts.begin()),
                               std::make_move_iterator(attempts.end()));
    attempts.clear();
    batch_.positions = std::move(positions);
    batch_.cursors = std::move(cursors);
    batch_.ranges = std::move(ranges);
    return batch_;
}

std::vector<mail::Attempt> Backlog::committed() {
    auto rows = std::exchange(batch_, {}).attempts;
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::exchange(waiting_, 0)));
    return rows;
}

std::vector<mail::Attempt> Backlog::failed() {
    std::vector<mail::Attempt> rows(batch_.attempts.begin() + static_cast<std::ptrdiff_t>(waiting_),
                                    batch_.attempts.end());
    trim();
    return rows;
}

void Backlog::trim() {
    auto& rows = batch_.attempts;
    std::size_t bytes = 0;
    std::size_t kept = 0;
    // From the newest back: what a database that works again is asked first is the last minutes.
    while (kept < rows.size() && kept < max_rows) {
        bytes += footprint(rows[rows.size() - 1 - kept]);
        if (bytes > max_bytes) break;
        ++kept;
    }
    const auto excess = rows.size() - kept;
    rows_lost_ += excess;
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(excess));
}

void Backlog::start(mail::Hold hold) {
    if (batch_.started.size() >= max_holds)
        ++holds_lost_;
    else
        batch_.started.push_back(std::move(hold));
}

void Backlog::end(ledger::EndedHold ended) {
    if (batch_.ended.size() >= max_holds)
        ++holds_lost_;
    else
        batch_.ended.push_back(std::move(ended));
}

}  // namespace nexthopd::follow
