#include "histogram.hpp"

#include <algorithm>
#include <cmath>

namespace nexthopd::bench {

std::uint64_t Histogram::quantile(double share) const {
    if (total_ == 0) return 0;
    const auto rank = std::max(1.0, std::ceil(share * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        seen += counts_[i];
        // The middle of the last step may lie above the largest value, which is known exactly.
        if (static_cast<double>(seen) >= rank) return std::min(middle(i), max_);
    }
    return max_;
}

}  // namespace nexthopd::bench
