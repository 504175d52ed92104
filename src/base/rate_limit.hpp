// "One line a minute, with how many were left out": keeps a repeated complaint from filling the log.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace nexthopd::base {

class RateLimit {
  public:
    explicit RateLimit(Duration period) : period_(period) {}

    /// nullopt: say nothing now. A number: say it, and that so many were left out since the last time.
    std::optional<std::uint64_t> permit(Instant now) {
        if (started_ && now - last_ < period_) {
            ++suppressed_;
            return std::nullopt;
        }
        started_ = true;
        last_ = now;
        const auto left_out = suppressed_;
        suppressed_ = 0;
        return left_out;
    }

  private:
    Duration period_;
    Instant last_{};
    bool started_ = false;
    std::uint64_t suppressed_ = 0;
};

}  // namespace nexthopd::base
