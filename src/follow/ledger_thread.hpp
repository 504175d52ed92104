// The thread that reads logs and writes the ledger. Everything that may block on a disk happens there.
//
// It is talked to by messages: the functions below may be called on any thread and return at once. Each
// answers false, and does nothing, when too many messages wait (a disk that hangs).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "follow/entry_source.hpp"
#include "follow/messages.hpp"
#include "follow/parser.hpp"
#include "ledger/privacy.hpp"
#include "ledger/store.hpp"

namespace nexthopd::follow {

/// A log file, and what its lines tell.
struct Source {
    std::string path;
    Parser parser;
};

struct LedgerOptions {
    std::vector<Source> sources;
    std::vector<OtherSource> others;
    std::chrono::hours retention{30 * 24};
    std::uint64_t max_bytes = 0;  // of the database; 0: no limit
    ledger::Privacy privacy;

    // The pace; tests make it faster.
    std::chrono::milliseconds batch{100};        // at most so often rows are committed
    std::chrono::milliseconds look{1'000};       // the files are looked at, whatever inotify says
    std::chrono::milliseconds retry{1'000};      // after a failure of the database
    std::chrono::milliseconds patience{10'000};  // at start, for a database that is locked
};

class LedgerThread {
  public:
    /// Starts the thread: it loads what the store remembers, says Ready, and begins to follow. `clock` has
    /// to outlive it.
    LedgerThread(LedgerOptions options, std::unique_ptr<ledger::Store> store, const base::Clock& clock,
                 Callbacks callbacks);
    LedgerThread(const LedgerThread&) = delete;
    LedgerThread& operator=(const LedgerThread&) = delete;
    /// Commits what is known and ends the thread; no callback is running or will run afterwards.
    ~LedgerThread();

    /// One Learnt message has been dealt with. While four wait for that, no log is read.
    void acknowledge();

    /// Stored with the next commit.
    bool start_hold(mail::Hold hold);
    bool end_hold(ledger::EndedHold ended);

    /// Commits what waits, now; `answer` is called on the thread: stored, or why not (it is tried again).
    bool commit(std::function<void(base::Result<void>)> answer);

    /// Takes an address out of the ledger; `answer` is called on the thread with the number of rows.
    bool forget(std::string address, std::function<void(base::Result<std::uint64_t>)> answer);

  private:
    class Thread;
    std::unique_ptr<Thread> thread_;
};

}  // namespace nexthopd::follow
