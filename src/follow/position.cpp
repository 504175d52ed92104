#include "follow/position.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace nexthopd::follow {

namespace {

// FNV-1a, 64 bits: nobody gains by making two heads collide but one who can write the log anyway.
std::optional<std::uint64_t> hash_head(int descriptor, std::uint64_t length) {
    std::array<unsigned char, max_head> bytes;
    std::uint64_t have = 0;
    while (have < length) {
        const auto got = ::pread(descriptor, bytes.data() + have, length - have, static_cast<off_t>(have));
        if (got <= 0) return std::nullopt;
        have += static_cast<std::uint64_t>(got);
    }
    std::uint64_t hash = 14695981039346656037U;
    for (std::uint64_t i = 0; i < length; ++i)
        hash = (hash ^ bytes[i]) * 1099511628211U;
    return hash;
}

}  // namespace

std::optional<ledger::Position> position_of(int descriptor, const std::string& path, std::uint64_t offset) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return std::nullopt;
    const auto length = std::min(offset, max_head);
    const auto hash = hash_head(descriptor, length);
    if (!hash) return std::nullopt;
    return ledger::Position{path, status.st_dev, status.st_ino, *hash, length, offset};
}

bool same_head(int descriptor, const ledger::Position& position) {
    if (position.head_length > 0)
        return position.head_length <= max_head &&
               hash_head(descriptor, position.head_length) == position.head_hash;
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 && status.st_ino == position.inode &&
           status.st_dev == position.device;
}

bool belongs(int descriptor, const ledger::Position& position) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 &&
           static_cast<std::uint64_t>(status.st_size) >= position.offset && same_head(descriptor, position);
}

}  // namespace nexthopd::follow
