#include "follow/log_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace nexthopd::follow {

namespace {

std::string bytes_at(const base::Descriptor& file, std::uint64_t offset, std::uint64_t length) {
    std::string bytes(length, '\0');
    std::size_t have = 0;
    while (have < length) {
        const auto got =
            ::pread(file.get(), bytes.data() + have, length - have, static_cast<off_t>(offset + have));
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char byte : bytes)
        hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    return hash;
}

std::optional<LogText> LogText::open(const std::string& path) {
    // O_NONBLOCK: a FIFO in the place of a log must not stop the thread.
    base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    LogText out;
    out.device_ = status.st_dev;
    out.inode_ = status.st_ino;
    if (is_packed_name(path)) {
        auto unpacked = Unpacked::open(std::move(file));
        if (!unpacked) return std::nullopt;
        out.packed_head_.resize(max_head);
        const auto got = unpacked->read(out.packed_head_.data(), max_head);
        if (!got) return std::nullopt;
        out.packed_head_.resize(*got);
        out.unpacked_to_ = *got;
        out.unpacked_ = std::move(*unpacked);
    } else {
        out.file_ = std::move(file);
    }
    return out;
}

base::Result<LogText::Piece> LogText::read(char* to, std::size_t size, std::uint64_t offset) {
    if (!unpacked_) {
        const auto got = ::pread(file_.get(), to, size, static_cast<off_t>(offset));
        if (got < 0) return base::fail("{}", std::generic_category().message(errno));
        return Piece{static_cast<std::size_t>(got), got > 0};
    }
    if (offset < packed_head_.size()) {
        const auto length = packed_head_.copy(to, size, offset);
        return Piece{length, true};
    }
    const bool passing = offset > unpacked_to_;
    const auto got =
        unpacked_->read(to, passing ? std::min<std::uint64_t>(size, offset - unpacked_to_) : size);
    if (!got) return tl::unexpected(got.error());
    unpacked_to_ += *got;
    if (passing) return Piece{0, *got > 0};
    return Piece{*got, *got > 0};
}

std::uint64_t LogText::size() const {
    struct stat status {};
    return file_ && ::fstat(file_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::string LogText::head(std::uint64_t length) const {
    length = std::min(length, max_head);
    return unpacked_ ? packed_head_.substr(0, length) : bytes_at(file_, 0, length);
}

std::string LogText::before(std::uint64_t offset) const {
    const auto length = std::min(offset, tail_bytes);
    return bytes_at(file_, offset - length, length);
}

ledger::Place LogText::place(std::uint64_t offset) const {
    const auto begin = head(offset);
    return {device_,      inode_, hash_bytes(begin),
            begin.size(), offset, unpacked_ ? 0 : hash_bytes(before(offset))};
}

bool LogText::same_head(const ledger::Place& place) const {
    if (place.head_length == 0) return !unpacked_ && same_inode(place);
    const auto begin = head(place.head_length);
    return begin.size() == place.head_length && hash_bytes(begin) == place.head_hash;
}

bool LogText::belongs(const ledger::Place& place) const {
    if (!same_head(place)) return false;
    if (unpacked_) return true;
    return size() >= place.offset &&
           (place.tail_hash == 0 || hash_bytes(before(place.offset)) == place.tail_hash);
}

bool LogText::same_inode(const ledger::Place& place) const {
    return inode_ == place.inode && device_ == place.device;
}

}  // namespace nexthopd::follow
