// The evidence of a hold, as JSON text for the ledger and nexthopctl why.
#pragma once

#include <string>
#include <vector>

#include "answer/trace.hpp"
#include "decide/verdict.hpp"

namespace nexthopd::answer {

/// {"left_out":[{"server":…,"minutes":…}],"asked":[{"server":…,"class":"4","seconds":900,"count":6},{"sql":…,"rows":1,"value":"6"}]}
std::string evidence_json(const std::vector<decide::LeftOut>& left_out, const std::vector<Asked>& asked);

}  // namespace nexthopd::answer
