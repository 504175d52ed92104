// Verdicts in the words of tests, and whether one is what a test expects.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "decide/verdict.hpp"

namespace nexthopd::rehearse {

/// "leave alone (nothing_to_change)", "route :[mx2.example.com]", "hold for 600 s", "fail (CheckServer)".
std::string describe(const decide::Verdict& verdict, base::WallTime now);

/// What is expected.
struct Expected {
    enum class Kind { leave_alone, route, hold, fail };
    Kind kind = Kind::leave_alone;
    std::string_view nexthop = {};              // of a route; empty: any
    std::optional<base::Duration> length = {};  // of a hold, within a second
};

/// Empty: it is. Else what differs, in a line.
std::string difference(const Expected& expected, const decide::Verdict& verdict, base::WallTime now);

}  // namespace nexthopd::rehearse
