#include "base/string_hash.hpp"

#include <sys/random.h>
#include <unistd.h>
#include <xxhash.h>

#include <chrono>

namespace nexthopd::base {

namespace {

/// Before main(): no lookup waits for it.
const XXH64_hash_t seed = [] {
    XXH64_hash_t out = 0;
    if (getrandom(&out, sizeof out, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof out))
        out = static_cast<XXH64_hash_t>(std::chrono::steady_clock::now().time_since_epoch().count()) ^
              static_cast<XXH64_hash_t>(getpid()) << 32U;
    return out;
}();

}  // namespace

std::size_t StringHash::operator()(std::string_view text) const noexcept {
    return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

std::pair<std::uint64_t, std::uint64_t> fingerprint(std::string_view text) noexcept {
    const auto hash = XXH3_128bits(text.data(), text.size());
    return {hash.high64, hash.low64};
}

}  // namespace nexthopd::base
