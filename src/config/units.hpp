// Durations, sizes and rates as an administrator writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace nexthopd::config {

using Milliseconds = std::chrono::milliseconds;

/// So many in each period.
struct Rate {
    std::uint32_t count = 0;
    std::chrono::seconds period{1};
    friend bool operator==(const Rate&, const Rate&) = default;
};

/// `250ms`, `10s`, `1.5h`, `2d`: a number without sign and ms, s, m, h or d; nearest millisecond.
base::Result<Milliseconds> parse_duration(std::string_view text);
/// `64MiB`, `1.5GiB`, or a plain number of bytes.
base::Result<std::uint64_t> parse_size(std::string_view text);
/// `100/s`, `20/m`, `5/h`.
base::Result<Rate> parse_rate(std::string_view text);

/// In the greatest unit that divides it: `90m`, `2d`.
std::string to_text(Milliseconds duration);
std::string size_text(std::uint64_t bytes);

}  // namespace nexthopd::config
