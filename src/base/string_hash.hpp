// The hash of the maps whose keys strangers choose: domains, MX names, recipients, queue ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace nexthopd::base {

/// For maps that are looked up by string_view. Keyed with a random number of the process: whoever chooses
/// names cannot make them all fall into one bucket.
struct StringHash {
    using is_transparent = void;
    using is_avalanching = void;  // its bits are well mixed: boost::unordered need not mix them again
    std::size_t operator()(std::string_view text) const noexcept;
};

/// 128 bits that are the same in every process: tells texts apart that nobody chose to collide.
std::pair<std::uint64_t, std::uint64_t> fingerprint(std::string_view text) noexcept;

}  // namespace nexthopd::base
