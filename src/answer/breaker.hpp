// Skips the hooks for a while when they keep using up their time.
#pragma once

#include <array>
#include <cstddef>

#include "base/clock.hpp"

namespace nexthopd::answer {

/// After three overruns within a minute hooks are skipped for ten seconds: a script that burns its budget on
/// every question would else hold up qmgr, which asks one question at a time, by that budget each.
class Breaker {
  public:
    static constexpr std::size_t overruns = 3;
    static constexpr std::chrono::seconds within{60};
    static constexpr std::chrono::seconds pause{10};

    bool open(base::Instant now) const { return now < open_until_; }

    /// True when this overrun opens it.
    bool overrun(base::Instant now) {
        times_[next_] = now;
        next_ = (next_ + 1) % overruns;
        count_ += count_ < overruns ? 1 : 0;
        if (count_ < overruns || now - times_[next_] > within) return false;
        open_until_ = now + pause;
        count_ = 0;
        return true;
    }

  private:
    std::array<base::Instant, overruns> times_{};
    std::size_t next_ = 0;
    std::size_t count_ = 0;
    base::Instant open_until_{};
};

}  // namespace nexthopd::answer
