// What makes attempts and events of the lines of a log: the parser of one MTA, bound.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/attempt.hpp"
#include "maillog/queue_event.hpp"

namespace nexthopd::follow {

struct Parser {
    /// `now`: the clock, or for an old file the time of its last change. Results are appended.
    std::function<void(std::string_view line, base::WallTime now, std::vector<mail::Attempt>&,
                       std::vector<maillog::QueueEvent>&)>
        line;
    /// Number of the oldest line that a later one may still need, counted from 1 over all lines given; one
    /// more than their number when there is none.
    std::function<std::uint64_t()> first_open_line;
};

}  // namespace nexthopd::follow
