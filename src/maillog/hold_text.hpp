// The text by which our own holds are known in a log.
#pragma once

#include <string>
#include <string_view>

namespace nexthopd::maillog {

/// The id of the hold in `delayed by local policy until .. (nexthopd ID)`; empty for any other text. Where
/// that text came from is the caller's to know.
std::string hold_id_in(std::string_view text);

}  // namespace nexthopd::maillog
