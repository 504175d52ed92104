// What a thread is doing, as another one sees it: whether it wants the processor, and how much of it it had.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <ctime>

#include "base/descriptor.hpp"

namespace nexthopd::serve {

struct ThreadState {
    bool wants_processor = false;     // runs, or waits for its turn; else it sleeps or waits for a disk
    std::chrono::nanoseconds cpu{0};  // since the thread began
};

/// One thread of this process, watched while it lives. now() allocates nothing and waits for nothing that the
/// thread could hold.
class WatchedThread {
  public:
    /// The calling thread.
    WatchedThread();
    /// Where /proc does not tell, the thread counts as asleep.
    ThreadState now() const;

  private:
    clockid_t cpu_clock_{};
    base::Descriptor stat_;  // proc(5), /proc/self/task/TID/stat
};

}  // namespace nexthopd::serve
