// What a pattern of a rule may be: anything that RE2 matches in one quick pass over all rules together.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace nexthopd::classify {

/// Refuses counted gaps. A set of 400 rules with `.{0,40}` took 18 ms for a reply of 200 bytes, and `.*` in
/// its place a thousandth of it: each count is a copy of what it counts. Small counts of digits and letters
/// are permitted (`\d{3}`).
base::Result<void> check_pattern(std::string_view pattern);

}  // namespace nexthopd::classify
