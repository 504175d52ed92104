// Reading text from the left, one known piece after the other.
#pragma once

#include <string_view>

namespace nexthopd::maillog {

/// Cuts `prefix` off the front of `text`. False, and `text` unchanged, when it begins otherwise.
inline bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace nexthopd::maillog
