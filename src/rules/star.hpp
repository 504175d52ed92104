// Patterns of one label: any character but "*" stands for itself, "*" for any number of characters.
#pragma once

#include <string_view>

namespace nexthopd::rules {

bool star_matches(std::string_view pattern, std::string_view text);
/// Some text matches both.
bool stars_meet(std::string_view a, std::string_view b);

}  // namespace nexthopd::rules
