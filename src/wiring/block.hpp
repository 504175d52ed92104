// A block of lines in somebody else's configuration file: found again, and taken out byte for byte.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace nexthopd::wiring {

/// `content` (with a line end) between two comment lines, the first with a sum of it, so that a later edit is
/// noticed.
std::string marked_block(std::string_view content);

/// The text without its blocks; the same text when it has none. An error says what was edited by hand, in the
/// file `name`.
base::Result<std::string> without_blocks(std::string_view name, std::string_view text);

}  // namespace nexthopd::wiring
