// The functions that a script's SQL may call.
#pragma once

#include <string_view>
#include <vector>

#include "sql/value.hpp"

namespace nexthopd::sql {

struct Call {
    std::string_view name;
    std::size_t position;
    std::vector<Value> arguments;
    bool star = false;      // count(*)
    bool distinct = false;  // count(DISTINCT ...)
};

/// count, sum, min, max, avg; left, right, substring, substr, length, lower, upper; now. Refuses others.
Value call_function(Call call, Collected& collected);
Value coalesce(std::vector<Value> arguments, std::size_t position, Collected& collected);

}  // namespace nexthopd::sql
