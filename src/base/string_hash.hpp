// The hash of the maps whose keys strangers choose: domains, MX names, recipients, queue ids.
#pragma once

#include <cstddef>
#include <string_view>

namespace nexthopd::base {

/// For maps that are looked up by string_view. Keyed with a random number of the process: whoever chooses
/// names cannot make them all fall into one bucket.
struct StringHash {
    using is_transparent = void;
    using is_avalanching = void;  // its bits are well mixed: boost::unordered need not mix them again
    std::size_t operator()(std::string_view text) const noexcept;
};

}  // namespace nexthopd::base
