// What the ledger thread tells the answering thread. Values, handed over whole.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "mail/attempt.hpp"
#include "mail/hold.hpp"
#include "maillog/queue_event.hpp"

namespace nexthopd::follow {

/// Counted attempts of the last hours. Names by number: they repeat in every minute.
struct CounterCells {
    struct Cell {
        base::WallTime minute{};
        std::uint32_t server = 0;  // indices of `names`
        std::uint32_t domain = 0;
        std::uint32_t reason = 0;
        std::uint32_t count = 0;
        char result_class = '0';
    };
    std::vector<std::string> names;
    std::vector<Cell> cells;
};

/// The first message: what the database remembers. Empty when it could not be read.
struct Ready {
    std::vector<mail::Hold> holds;
    CounterCells counters;
};

/// What the logs told since the last message: stored already, or, while the database fails, kept for it.
struct Learnt {
    std::vector<mail::Attempt> attempts;
    std::vector<maillog::QueueEvent> events;
    /// Of lines that were read before a restart: who starts anew learns from them what is queued.
    std::vector<maillog::QueueEvent> earlier;
    bool empty() const { return attempts.empty() && events.empty() && earlier.empty(); }
};

/// What came to the syslog listener.
struct SyslogCounters {
    std::uint64_t taken = 0;        // of an MTA
    std::uint64_t other = 0;        // of other programs
    std::uint64_t malformed = 0;    // no syslog message, or one that is too long
    std::uint64_t not_allowed = 0;  // datagrams and connections of senders that are not in syslog.allow
    std::uint64_t refused = 0;      // connections that were too many
    std::uint64_t dropped = 0;      // datagrams that came faster than they were read
};

struct Health {
    std::vector<std::string> problems;  // of the database and the log files, now; each with what to do
    std::uint64_t rows_stored = 0;
    std::uint64_t rows_waiting = 0;  // for a database that fails
    std::uint64_t rows_lost = 0;     // too many waited
    std::uint64_t holds_lost = 0;    // likewise; they hold, but would not survive a restart
    std::uint64_t lines_read = 0;
    std::uint64_t lines_skipped = 0;  // too long, or cut off by the end of their file
    std::uint64_t bytes_behind = 0;   // in the log files, not read yet
    std::chrono::seconds behind{0};   // since everything was read
    bool all_read = false;            // as of the last look at the logs
    std::optional<SyslogCounters> syslog;
};

/// All are called on the ledger thread, and have to return at once: they post to their own thread.
struct Callbacks {
    std::function<void(Ready)> ready;    // once, before all others
    std::function<void(Learnt)> learnt;  // each to be answered by LedgerThread::acknowledge()
    std::function<void(Health)> health;  // about once a second
};

}  // namespace nexthopd::follow
