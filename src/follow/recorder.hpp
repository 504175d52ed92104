// The work of the ledger thread: reads the logs, commits rows and positions together, hands on what was
// learnt, prunes. All of it happens on the thread that runs the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "follow/backlog.hpp"
#include "follow/file.hpp"
#include "follow/ledger_thread.hpp"
#include "follow/messages.hpp"
#include "follow/watch.hpp"
#include "ledger/store.hpp"

namespace nexthopd::follow {

class Recorder {
  public:
    // A tick ends when it has read so much; other messages are served before the next.
    static constexpr std::size_t rows_per_tick = 5'000;
    static constexpr std::size_t events_per_tick = 10'000;
    static constexpr std::size_t blocks_per_tick = 16;
    /// Learnt messages that the answering thread has not dealt with: beyond them no log is read, so its
    /// queue of messages is bounded. The log waits on its disk.
    static constexpr std::size_t max_unacknowledged = 4;
    static constexpr std::chrono::hours counter_window{2};
    static constexpr std::chrono::hours ended_holds_kept{30 * 24};

    Recorder(boost::asio::io_context& io, LedgerOptions options, std::unique_ptr<ledger::Store> store,
             const base::Clock& clock, Callbacks callbacks);

    /// Loads what the store remembers, says Ready, begins to follow.
    void start();

    void acknowledge();
    void start_hold(mail::Hold hold);
    void end_hold(ledger::EndedHold ended);
    /// Commits what waits, without waiting for the next tick.
    base::Result<void> commit();
    /// Takes an address out of the ledger; other work goes on between its steps. `answer` gets the number of
    /// rows that were rewritten.
    void forget(std::string address, std::function<void(base::Result<std::uint64_t>)> answer);

  private:
    struct Forgetting {
        std::vector<std::string> addresses;  // the last one is under way
        std::function<void(base::Result<std::uint64_t>)> answer;
        ledger::ForgetProgress progress;
        std::uint64_t rewritten = 0;  // of the addresses before
    };
    struct Followed {
        Source source;
        LogFile file;
        std::optional<ledger::Position> committed;
        std::optional<ledger::Position> moved;  // to be committed now
        std::string problem;
    };
    struct WhereRead {
        std::vector<ledger::Position> positions;
        std::vector<ledger::Range> ranges;
    };

    struct Other {
        OtherSource source;
        std::unique_ptr<EntrySource> reader;
        std::string committed;
        std::string problem;
    };

    base::Result<void> load_once(Ready& ready);
    void follow();
    void look();
    void prune();
    void roll_up();
    void forget_on(Forgetting forgetting);
    void wake(base::Instant due);
    void tick();
    bool read(Learnt& learnt);
    bool read_others(Learnt& learnt);
    bool read_one(Followed& followed, Learnt& learnt, std::size_t& blocks);
    void store(Learnt& learnt);
    WhereRead where_read();
    std::vector<ledger::Cursor> moved_cursors() const;
    void note_failure(const base::Error& error);
    void publish();

    boost::asio::io_context& io_;
    LedgerOptions options_;
    std::unique_ptr<ledger::Store> store_;
    const base::Clock& clock_;  // for wall time; waiting is by the timers' own clock
    Callbacks callbacks_;

    boost::asio::steady_timer tick_timer_;
    boost::asio::steady_timer look_timer_;
    boost::asio::steady_timer prune_timer_;
    boost::asio::steady_timer roll_up_timer_;
    Watch watch_;
    base::Instant give_up_loading_;
    base::Instant last_tick_{};
    base::Instant retry_{};  // no commit is tried before
    base::Instant all_read_{};
    bool ready_ = false;
    bool tick_due_ = false;
    bool read_all_ = false;  // in the last tick

    std::vector<ledger::Position> stored_positions_;
    std::vector<ledger::Cursor> stored_cursors_;
    std::deque<Followed> followed_;
    std::vector<Other> others_;
    std::size_t next_ = 0;  // the file that is read first in the next tick
    std::size_t unacknowledged_ = 0;
    Backlog backlog_;
    std::string store_problem_;
    base::RateLimit complaints_;
    std::uint64_t rows_stored_ = 0;
    std::uint64_t lines_read_ = 0;
};

}  // namespace nexthopd::follow
