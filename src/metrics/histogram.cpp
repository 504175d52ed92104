#include "metrics/histogram.hpp"

namespace nexthopd::metrics {

void Histogram::observe(std::chrono::nanoseconds took) {
    std::size_t bucket = 0;
    while (bucket < bounds.size() && took > bounds[bucket])
        ++bucket;
    ++counts_[bucket];
    sum_ += took;
}

}  // namespace nexthopd::metrics
