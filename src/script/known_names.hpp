// What a script finds: for those who look for names that it does not find.
#pragma once

#include <string>
#include <vector>

namespace nexthopd::script {

/// "print", "nexthop", "nexthop.count", "nexthop.log.info" …
std::vector<std::string> known_names();

}  // namespace nexthopd::script
