// One pattern as RE2 takes it, with this room's options.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>

#include "base/error.hpp"

namespace nexthopd::classify {

/// Case does not matter; text is UTF-8; no message of RE2 goes to standard error.
re2::RE2::Options pattern_options();

/// Checked (check_pattern), bounded in length and size.
base::Result<std::shared_ptr<const re2::RE2>> compile_pattern(const std::string& pattern);

}  // namespace nexthopd::classify
