// What library functions that loop in C may cost: the count hook sees instructions of Lua only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace nexthopd::script {

/// Steps of about 4 ns, charged to the time of a question. They are counted over all calls, so that many
/// short ones are not free; the clock is looked at every 10 000.
class Steps {
  public:
    /// A single match may take so many, 20 to 40 ms: a pattern that needs more is a mistake, which is told
    /// with its line, also where the time would allow it.
    static constexpr std::size_t of_a_match = 5'000'000;

    void set_limit(base::Instant limit) { limit_ = limit; }

    /// Before `count` steps are made. False: they would end past the limit.
    bool charge(std::size_t count) {
        if (count > left_) return look(count);
        left_ -= count;
        return true;
    }

    void begin_match() { left_of_match_ = of_a_match; }
    /// The same for a step of a match. False also when the match has used up its own.
    bool take(std::size_t count) {
        if (count > left_of_match_) return false;
        left_of_match_ -= count;
        return charge(count);
    }

  private:
    static constexpr std::size_t between_looks = 10'000;
    static constexpr std::size_t most = 1'000'000'000'000;  // an hour
    static constexpr std::int64_t nanoseconds_each = 4;

    bool look(std::size_t count) {
        left_ = between_looks;
        const std::chrono::nanoseconds work(static_cast<std::int64_t>(count < most ? count : most) *
                                            nanoseconds_each);
        return std::chrono::steady_clock::now() + work < limit_;
    }

    base::Instant limit_{};
    std::size_t left_ = between_looks;
    std::size_t left_of_match_ = 0;
};

}  // namespace nexthopd::script
