// Latencies in a log-linear histogram: constant memory, one increment per value.
//
// Each power of two is divided into 128 equal steps and a value is reported as the middle of its step,
// so the error is at most 1/256 (0.4 %).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace nexthopd::bench {

class Histogram {
  public:
    void record(std::uint64_t value) {
        ++counts_[index(value)];
        ++total_;
        if (value > max_) max_ = value;
    }

    std::uint64_t total() const { return total_; }
    /// The largest value recorded, exact; 0 when there is none.
    std::uint64_t max() const { return max_; }
    /// The value that the given share (0 to 1) of the recorded values does not exceed; 0 when there is none.
    std::uint64_t quantile(double share) const;

  private:
    static constexpr unsigned step_bits = 7;
    static constexpr std::uint64_t steps = std::uint64_t{1} << step_bits;

    // Values below 128 have a step each. Above, `shift` is the number of low bits that are ignored.
    static constexpr std::size_t index(std::uint64_t value) {
        if (value < steps) return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - step_bits - 1;
        return shift * steps + (value >> shift);
    }
    static constexpr std::uint64_t middle(std::size_t index) {
        if (index < 2 * steps) return index;
        const auto shift = index / steps - 1;
        return ((index - shift * steps) << shift) + ((std::uint64_t{1} << shift) >> 1);
    }

    std::array<std::uint64_t, (64 - step_bits + 1) * steps> counts_{};
    std::uint64_t total_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace nexthopd::bench
