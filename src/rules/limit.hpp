// How fast something may go: so many in a time, evenly, with short bursts (GCRA, ITU-T I.371).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace nexthopd::rules {

struct Limit {
    std::uint32_t count = 1;
    std::chrono::milliseconds period = std::chrono::seconds(1);
    std::uint32_t burst = 1;  // so many may go at once after a pause; the rate over time is the same

    /// Between two, at an even pace.
    base::Duration interval() const { return base::Duration(period) / count; }
    friend bool operator==(const Limit&, const Limit&) = default;
};

/// "100/10m", "5/s", "100/10m,max_burst=5".
base::Result<Limit> parse_limit(std::string_view text);
std::string to_text(const Limit& limit);

/// One thing that a limit is applied to.
class Gcra {
  public:
    /// When the next may go, which is `now` or later. Nothing is taken.
    base::Instant next(const Limit& limit, base::Instant now) const {
        return std::max(now, due_ - limit.interval() * (limit.burst - 1));
    }
    /// That one has been given its time.
    void take(const Limit& limit, base::Instant now) { due_ = std::max(now, due_) + limit.interval(); }
    /// Nothing has been taken lately: the same as a new one.
    bool idle(base::Instant now) const { return due_ <= now; }

  private:
    base::Instant due_{};  // the theoretical arrival time
};

}  // namespace nexthopd::rules
