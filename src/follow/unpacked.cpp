#include "follow/unpacked.hpp"

#include <archive.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

namespace nexthopd::follow {

namespace {

constexpr std::size_t input_bytes = 64 * 1024;

std::string reason(archive* handle) {
    const char* text = archive_error_string(handle);
    return text != nullptr ? text : "unknown reason";
}

/// The dictionary that the first block of an .xz file asks for (xz file format 1.1.0, 3.1 and 5.3.1), or the
/// window of a Zstandard frame (RFC 8878, 3.1.1.1.2): libarchive would allocate a gigabyte when told to.
/// 0 for other formats, whose windows are small by definition.
std::uint64_t declared_window(const base::Descriptor& file) {
    std::array<unsigned char, 32> bytes{};
    const auto got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
    const std::string_view begin(reinterpret_cast<const char*>(bytes.data()),
                                 got > 0 ? static_cast<std::size_t>(got) : 0);
    using namespace std::literals;
    if (begin.starts_with("\xFD"
                          "7zXZ\0"sv)) {
        std::size_t at = 14;                        // in the block header, behind its size and flags
        for (const unsigned flag : {0x40U, 0x80U})  // sizes, seven bits in a byte
            if ((bytes[13] & flag) != 0)
                while (at + 3 < bytes.size() && (bytes[at++] & 0x80U) != 0) {
                }
        if (bytes[at] != 0x21) return Unpacked::max_window + 1;  // another filter than LZMA2
        const auto size = bytes[at + 2] & 0x3FU;
        return size >= 40 ? UINT32_MAX : (2ULL | (size & 1U)) << (size / 2 + 11);
    }
    if (begin.starts_with("\x28\xB5\x2F\xFD"sv)) {
        const bool single_segment =
            (bytes[4] & 0x20U) != 0;  // then the window is the content, which is small
        if (single_segment) return 0;
        const auto base = 1ULL << (10 + (bytes[5] >> 3U));
        return base + base / 8 * (bytes[5] & 7U);
    }
    return 0;
}

}  // namespace

bool is_packed_name(std::string_view name) {
    for (const std::string_view suffix : {".gz", ".xz", ".zst", ".bz2"})
        if (name.ends_with(suffix)) return true;
    return false;
}

void Unpacked::Close::operator()(archive* handle) const {
    archive_read_free(handle);
}

base::Result<Unpacked> Unpacked::open(base::Descriptor file) {
    if (declared_window(file) > max_window)
        return base::fail("it needs more than {} MiB of memory to be decompressed; decompress it first",
                          max_window >> 20U);
    Unpacked out;
    out.file_ = std::move(file);
    out.archive_.reset(archive_read_new());
    auto* const handle = out.archive_.get();
    if (handle == nullptr) return base::fail("no memory is left");
    for (auto* const support : {archive_read_support_filter_gzip, archive_read_support_filter_xz,
                                archive_read_support_filter_zstd, archive_read_support_filter_bzip2,
                                archive_read_support_format_raw, archive_read_support_format_empty})
        support(handle);
    if (archive_read_open_fd(handle, out.file_.get(), input_bytes) != ARCHIVE_OK)
        return base::fail("{}", reason(handle));
    archive_entry* entry = nullptr;
    const auto begun = archive_read_next_header(handle, &entry);
    if (begun == ARCHIVE_EOF)
        out.ended_ = true;
    else if (begun != ARCHIVE_OK && begun != ARCHIVE_WARN)
        return base::fail("{}", reason(handle));
    return out;
}

base::Result<std::size_t> Unpacked::read(char* to, std::size_t size) {
    std::size_t have = 0;
    while (have < size && !ended_) {
        const auto got = archive_read_data(archive_.get(), to + have, size - have);
        if (got < 0) {
            ended_ = true;
            return base::fail("it cannot be decompressed ({})", reason(archive_.get()));
        }
        if (got == 0) ended_ = true;
        have += static_cast<std::size_t>(got);
    }
    return have;
}

std::uint64_t Unpacked::packed_bytes() const {
    return static_cast<std::uint64_t>(archive_filter_bytes(archive_.get(), -1));
}

}  // namespace nexthopd::follow
