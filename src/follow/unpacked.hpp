// The text of a compressed file, from its beginning on, a block at a time. libarchive lives here.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/error.hpp"

struct archive;

namespace nexthopd::follow {

/// True for `.gz`, `.xz`, `.zst` and `.bz2`. These only are opened beside a log, whatever a file contains.
bool is_packed_name(std::string_view name);

class Unpacked {
  public:
    /// Knows the compression by its magic bytes; what has none is given as it is. The file must allow no more
    /// than `max_window` of memory for its dictionary (what `xz -9` and `zstd --long=26` take).
    static base::Result<Unpacked> open(base::Descriptor file);
    static constexpr std::uint64_t max_window = 64 * 1024 * 1024;

    /// Fills `to` as far as the text goes; less than `size`: it has ended. After an error, nothing more
    /// comes.
    base::Result<std::size_t> read(char* to, std::size_t size);

    /// Bytes of the packed file that were read so far.
    std::uint64_t packed_bytes() const;

  private:
    struct Close {
        void operator()(archive* handle) const;
    };
    base::Descriptor file_;  // closed after the archive that reads it
    std::unique_ptr<archive, Close> archive_;
    bool ended_ = false;
};

}  // namespace nexthopd::follow
