// Which file a log position belongs to. A name comes to mean another file by rotation, an inode number is
// used again, and device numbers change from boot to boot; what a log file begins with stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/store.hpp"

namespace nexthopd::follow {

/// A few lines with their times are enough to tell two log files apart.
constexpr std::uint64_t max_head = 4096;

/// Path, device, inode, and the hash of the first min(offset, max_head) bytes: fewer in a short file,
/// which may grow. nullopt: the file cannot be read.
std::optional<ledger::Position> position_of(int descriptor, const std::string& path, std::uint64_t offset);

/// True when the open file begins like the one of the position: it is that file, or a copy of it. Of a
/// file of which nothing was read only device and inode are known.
bool same_head(int descriptor, const ledger::Position& position);

/// same_head(), and the file reaches up to the position's offset.
bool belongs(int descriptor, const ledger::Position& position);

}  // namespace nexthopd::follow
