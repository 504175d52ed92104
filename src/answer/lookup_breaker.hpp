// Does not wait for lookups while none comes in time.
#pragma once

#include <cstddef>

#include "base/clock.hpp"

namespace nexthopd::answer {

/// Three in succession that were not there by their deadline, of whatever domain: the server, not a domain, is
/// what does not answer. qmgr asks one question at a time and would wait for the deadline with each. For ten
/// seconds nobody waits; the lookups themselves go on. Then one more miss is enough for the next ten.
class LookupBreaker {
  public:
    static constexpr std::size_t misses = 3;
    static constexpr std::chrono::seconds pause{10};

    bool open(base::Instant now) const { return now < open_until_; }

    /// True when this miss opens it, after it had been closed for good.
    bool missed(base::Instant now) {
        if (missed_ < misses) ++missed_;
        else if (now < open_until_) return false;
        if (missed_ < misses) return false;
        const bool first = open_until_ == base::Instant{};
        open_until_ = now + pause;
        return first;
    }
    void came_in_time() {
        missed_ = 0;
        open_until_ = {};
    }

  private:
    std::size_t missed_ = 0;
    base::Instant open_until_{};
};

}  // namespace nexthopd::answer
