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

std::uint64_t size_of(const Descriptor& file) {
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
        if (parts_.empty()) return false;
        enter();
    }
    buffer_.resize(max_line + block_bytes);
    const auto got = ::pread(parts_.front().file.get(), buffer_.data() + carried_, block_bytes,
                             static_cast<off_t>(read_to_));
    if (got < 0)
        return base::fail("{} cannot be read ({}); check its disk", path_, std::generic_category().message(errno));
    if (got > 0) {
        read_to_ += static_cast<std::uint64_t>(got);
        give_lines(carried_ + static_cast<std::size_t>(got), line);
        remember();
        return true;
    }
    if (leaving_ || !parts_.front().live) {
        leave();
        return !parts_.empty();
    }
    // The new file has content, so its writer is done with this one; what it wrote here meanwhile is
    // read before leaving.
    leaving_ = replaced();
    return leaving_;
}

/// False: there is no file.
base::Result<bool> LogFile::open() {
    const bool first = !std::exchange(sought_, true);
    if (position_) {
        parts_ = unread_parts(*position_);
    } else if (auto file = open_log(path_)) {
        const auto offset = first ? size_of(file) : 0;
        parts_.push_back({std::move(file), offset, true});
    }
    if (parts_.empty()) {
        struct stat status {};
        if (::stat(path_.c_str(), &status) != 0 && errno == ENOENT) return false;
        sought_ = !first;  // an existing file that becomes readable later still begins at its end
        return base::fail("{} cannot be read; it has to be a regular file that the service's user may read "
                          "(on Debian: group adm)",
                          path_);
    }
    enter();
    return true;
}

/// Begins with the first part.
void LogFile::enter() {
    const auto offset = parts_.front().offset;
    replay_to_ = offset;
    read_to_ = offset - std::min(offset, replay_bytes);
    line_end_ = read_to_;
    skipping_ = read_to_ > 0;  // that is in the middle of a line
    leaving_ = false;
    carried_ = 0;
    remember();
}

/// Goes on to the next part.
void LogFile::leave() {
    if (carried_ > 0) ++skipped_;
    const bool moved_on = parts_.front().live;
    if (moved_on) parts_ = unread_parts(*position_);
    if (!parts_.empty() && (!moved_on || same_part())) parts_.pop_front();
    if (!parts_.empty()) enter();
}

}  // namespace nexthopd::follow
