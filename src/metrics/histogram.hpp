// How long something took, counted in buckets. Counting is a few comparisons on the answering thread, without
// locks or allocation.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace nexthopd::metrics {

class Histogram {
  public:
    /// Upper bounds of the buckets: a cached answer takes microseconds, a deadline 250 ms. What took longer
    /// is counted in one more.
    static constexpr std::array<std::chrono::microseconds, 12> bounds = {
        {std::chrono::microseconds(50), std::chrono::microseconds(100), std::chrono::microseconds(250),
         std::chrono::microseconds(500), std::chrono::milliseconds(1), std::chrono::microseconds(2500),
         std::chrono::milliseconds(5), std::chrono::milliseconds(10), std::chrono::milliseconds(25),
         std::chrono::milliseconds(100), std::chrono::milliseconds(250), std::chrono::seconds(1)}};

    void observe(std::chrono::nanoseconds took);

    const std::array<std::uint64_t, bounds.size() + 1>& counts() const { return counts_; }  // by bucket
    std::chrono::nanoseconds sum() const { return sum_; }

  private:
    std::array<std::uint64_t, bounds.size() + 1> counts_{};
    std::chrono::nanoseconds sum_{0};
};

}  // namespace nexthopd::metrics
