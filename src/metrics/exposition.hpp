// Prometheus' text format, version 0.0.4: families of samples.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/histogram.hpp"

namespace nexthopd::metrics {

enum class Type { counter, gauge, histogram };

class Exposition {
  public:
    /// The samples that follow belong to it. `name` is a valid one, by the conventions: with its unit, and
    /// "_total" for a counter.
    void family(std::string_view name, Type type, std::string_view help);

    void sample(std::uint64_t value);
    void sample(double value);
    /// One of several that differ by a label, such as {"surface", "policy"}. The value may be any text.
    void sample(std::string_view label, std::string_view label_value, std::uint64_t value);
    void sample(const Histogram& histogram);

    const std::string& text() const { return text_; }

  private:
    void line(std::string_view suffix, std::string_view label, std::string_view label_value,
              std::string_view value);

    std::string name_;
    std::string text_;
};

}  // namespace nexthopd::metrics
