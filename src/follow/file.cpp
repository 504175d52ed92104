#include "follow/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "follow/position.hpp"

namespace nexthopd::follow {

namespace {

std::uint64_t size_of(const base::Descriptor& file) {
    struct stat status {};
    return ::fstat(file.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

LogFile::LogFile(std::string path, std::optional<ledger::Position> stored)
    : path_(std::move(path)), position_(std::move(stored)) {
    // A setting may have another spelling of the path now; the position is stored under this one.
    if (position_) position_->path = path_;
}

base::Result<bool> LogFile::read(const OnLine& line) {
    if (parts_.empty()) {
        const auto opened = open();
        if (!opened || !*opened) return opened;
    } else if (parts_.front().live && truncated()) {
        if (carried_ > 0) ++skipped_;
        parts_ = unread_parts(*position_);
        if (!enter(0)) return false;
    }
    buffer_.resize(max_line + block_bytes);
    const auto got = ::pread(parts_.front().file.get(), buffer_.data() + carried_, block_bytes,
                             static_cast<off_t>(read_to_));
    if (got < 0)
        return base::fail("{} cannot be read ({}); check its disk", path_,
                          std::generic_category().message(errno));
    if (got > 0) {
        read_to_ += static_cast<std::uint64_t>(got);
        give_lines(carried_ + static_cast<std::size_t>(got), line);
        remember(std::max(line_end_, replay_to_));
        return true;
    }
    if (leaving_ || !parts_.front().live) {
        leave();
        return !parts_.empty();
    }
    // Once the new file has content its writer is done with this one, and what it wrote here until then
    // is read before leaving.
    leaving_ = replaced();
    return leaving_;
}

/// False: there is no file.
base::Result<bool> LogFile::open() {
    struct stat status {};
    const bool missing = ::stat(path_.c_str(), &status) != 0 && errno == ENOENT;
    auto file = open_log(path_);
    if (!missing && !file)
        return base::fail(
            "{} cannot be read: it has to be a regular file that the service's user may read (on Debian: "
            "group adm)",
            path_);
    const bool first = !std::exchange(waited_, true);
    if (position_)
        parts_ = unread_parts(*position_);
    else if (file) {
        const auto offset = first ? size_of(file) : 0;
        parts_.push_back({std::move(file), offset, true});
    }
    return enter(first ? replay_bytes : 0);
}

/// Begins with the first part, if there is one; `replay`: how many bytes to go back in it.
bool LogFile::enter(std::uint64_t replay) {
    if (parts_.empty()) return false;
    auto position = position_of(parts_.front().file.get(), path_, parts_.front().offset);
    if (!position) {  // truncated since it was opened: it is sought anew
        parts_.clear();
        return false;
    }
    position_ = std::move(position);
    replay_to_ = parts_.front().offset;
    read_to_ = replay_to_ - std::min(replay_to_, replay);
    line_end_ = read_to_;
    skipping_ = read_to_ > 0 && read_to_ < replay_to_;  // that is in the middle of a line
    leaving_ = false;
    carried_ = 0;
    return true;
}

/// Goes on to the next part.
void LogFile::leave() {
    if (parts_.front().live) {
        // It was renamed meanwhile. This finds it again, as the first of those that end with the new file.
        parts_ = unread_parts(*position_);
    } else {
        if (carried_ > 0) ++skipped_;
        parts_.erase(parts_.begin());
    }
    enter(0);
}

/// The file is shorter than what was read, or begins otherwise.
bool LogFile::truncated() const {
    return size_of(parts_.front().file) < read_to_ || !same_head(parts_.front().file.get(), *position_);
}

/// Another file, with content, has the log's name.
bool LogFile::replaced() const {
    struct stat here {};
    struct stat named {};
    return ::fstat(parts_.front().file.get(), &here) == 0 && ::stat(path_.c_str(), &named) == 0 &&
           (here.st_ino != named.st_ino || here.st_dev != named.st_dev) && named.st_size > 0;
}

void LogFile::give_lines(std::size_t length, const OnLine& line) {
    const char* data = buffer_.data();
    const auto start = read_to_ - length;  // offset of the buffer's first byte
    std::size_t begin = 0;
    while (const auto* found = static_cast<const char*>(std::memchr(data + begin, '\n', length - begin))) {
        const auto end = static_cast<std::size_t>(found - data);
        if (skipping_)
            skipping_ = false;
        else if (end - begin > max_line)
            ++skipped_;
        else
            line({data + begin, end - begin}, start + end < replay_to_);
        begin = end + 1;
        line_end_ = start + begin;
    }
    carried_ = length - begin;
    if (!skipping_ && carried_ > max_line) {
        skipping_ = true;
        ++skipped_;
    }
    if (skipping_)
        carried_ = 0;
    else
        std::memmove(buffer_.data(), data + begin, carried_);
}

void LogFile::remember(std::uint64_t offset) {
    if (position_ && position_->head_length == max_head) {
        position_->offset = offset;
        return;
    }
    if (auto position = position_of(parts_.front().file.get(), path_, offset))
        position_ = std::move(position);
}

std::uint64_t LogFile::behind() const {
    std::uint64_t bytes = 0;
    for (const auto& part : parts_) {
        const auto from = &part == &parts_.front() ? read_to_ : part.offset;
        const auto size = size_of(part.file);
        bytes += size - std::min(size, from);
    }
    return bytes;
}

}  // namespace nexthopd::follow
