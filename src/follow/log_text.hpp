// One log file that is open for reading, plain or compressed, and what tells it from others: a name comes to
// mean another file by rotation, an inode number is used again, and device numbers change from boot to boot;
// what a log file begins with stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "follow/unpacked.hpp"
#include "ledger/store.hpp"

namespace nexthopd::follow {

/// A few lines with their times are enough to tell two log files apart.
constexpr std::uint64_t max_head = 4096;

/// FNV-1a, 64 bits: nobody gains by making two heads collide but one who can write the log anyway.
std::uint64_t hash_bytes(std::string_view bytes);

class LogText {
  public:
    /// A regular file; none when there is no such file or it cannot be read. Compressed by its name
    /// (is_packed_name()).
    static std::optional<LogText> open(const std::string& path);

    struct Piece {
        std::size_t length = 0;
        bool more = false;  // there may be more behind it now
    };
    /// The bytes from `offset` on. A compressed file is read forward only, and what lies before the offset is
    /// passed over, so much in one call as is asked for: then the piece is empty, and there is more.
    base::Result<Piece> read(char* to, std::size_t size, std::uint64_t offset);

    bool packed() const { return unpacked_.has_value(); }
    /// Of a plain file, now; 0 for a compressed one.
    std::uint64_t size() const;
    /// The first `length` bytes, at most max_head; fewer when the file is shorter.
    std::string head(std::uint64_t length) const;
    /// The bytes before `offset` in a plain file, at most tail_bytes.
    std::string before(std::uint64_t offset) const;
    static constexpr std::uint64_t tail_bytes = 256;  // a line with its time

    ledger::Place place(std::uint64_t offset) const;

    /// True when the file begins like the one of the place: it is that file, or a copy of it. Of a file of
    /// which nothing was read only device and inode are known.
    bool same_head(const ledger::Place& place) const;
    /// same_head(), and a plain file reaches up to the place and has the same bytes before it.
    bool belongs(const ledger::Place& place) const;
    /// The very file, by device and inode.
    bool same_inode(const ledger::Place& place) const;

  private:
    base::Descriptor file_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    std::optional<Unpacked> unpacked_;
    std::string packed_head_;
    std::uint64_t unpacked_to_ = 0;  // the next byte of `unpacked_`
};

}  // namespace nexthopd::follow
