// Watches the answering thread. Stuck for a second, it will not come back by itself: the process is ended, so
// that whoever supervises it starts it again, and a script that was running then goes to quarantine.
//
// It counts its own wake-ups, not the time: a process that was stopped, or a machine that slept, wakes both
// threads and is not taken for a stuck one. Nor is a thread that gets no turn on a busy processor: to end the
// process would help nobody, and beside a disk that hangs it could not even end.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "serve/thread_state.hpp"

namespace nexthopd::serve {

struct WatchPace {
    std::chrono::milliseconds interval{250};
    int patience = 4;  // intervals without a heartbeat, in which the thread slept or had the processor
};

/// The time without a heartbeat, in intervals.
class Silence {
  public:
    /// One more interval, at the end of which the thread was in `state`: is it stuck?
    bool stuck_after(ThreadState state, const WatchPace& pace);

  private:
    int asleep_ = 0;  // intervals
    std::optional<std::chrono::nanoseconds> cpu_before_;
};

class Watchdog {
  public:
    /// Watches the calling thread. `stuck` is called on the watchdog's thread, with the hook that runs
    /// (nullptr: none). It ends the process, but in tests.
    Watchdog(WatchPace pace, std::function<void(const char* hook)> stuck);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// The answering thread is alive; to be called more often than each interval.
    void beat() { beats_.fetch_add(1, std::memory_order_relaxed); }

  private:
    void run();

    WatchPace pace_;
    WatchedThread watched_;
    std::function<void(const char*)> stuck_;
    std::atomic<std::uint64_t> beats_{0};
    std::mutex mutex_;  // for the end alone
    std::condition_variable end_;
    bool ended_ = false;
    std::thread thread_;
};

/// Notes the script in quarantine if a hook runs, says so on standard error, and ends the process with
/// SIGABRT, or with SIGALRM where disk or standard error keep it for a second. Calls nothing that could wait
/// for the thread that is stuck: no log, no allocation.
[[noreturn]] void give_up(const std::string& quarantine_file, const std::string& note, const char* hook);

}  // namespace nexthopd::serve
