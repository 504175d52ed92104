#include "follow/file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nexthopd::follow {

namespace {

/// Marks are that far apart: with replay_bytes, 256 of them at most.
constexpr std::uint64_t between_marks = 64 * 1024;

bool exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 || errno != ENOENT;
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
    }
    buffer_.resize(max_line + block_bytes);
    const auto got = parts_.front().text.read(buffer_.data() + carried_, block_bytes, read_to_);
    if (!got) {
        auto problem = base::fail("{} cannot be read ({}); check its disk", path_, got.error().text);
        if (parts_.front().text.packed()) {
            problem = base::fail("a compressed rotation of {} is damaged: {}; the rest of it is left out",
                                 path_, got.error().text);
            leave();
        }
        return problem;
    }
    // Looked at after reading: what was there before a truncation is never taken for what came after it.
    if (parts_.front().live && truncated()) {
        if (carried_ > 0) ++skipped_;
        seek_anew();
        return !parts_.empty();
    }
    if (got->length > 0) {
        read_to_ += got->length;
        give_lines(carried_ + got->length, line);
        return true;
    }
    if (got->more) return true;
    if (!parts_.front().live && parts_.size() == 1 && !exists(path_)) return false;
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
    auto text = LogText::open(path_);
    if (!text && exists(path_))
        return base::fail(
            "{} cannot be read: it has to be a regular file that the service's user may read (on Debian: "
            "group adm)",
            path_);
    const bool first = !std::exchange(waited_, true);
    if (position_) {
        parts_ = first ? unread_parts(path_, position_->emitted_upto, position_->resume_at, replay_bytes)
                       : unread_parts(path_, position_->emitted_upto);
    } else if (text && first) {
        begin_at_end(*std::move(text));
    } else if (text) {
        parts_.push_back({*std::move(text), 0, 0, true, false});
    }
    return enter();
}

/// Nothing is known of this log. What is there already is given for the parser alone.
void LogFile::begin_at_end(LogText text) {
    const auto size = text.size();
    const auto back = size - std::min(size, replay_bytes);
    position_ = ledger::Position{path_, text.place(size), size, text.place(size)};
    parts_.push_back({std::move(text), back, size, true, true});
}

/// Begins with the first part, if there is one.
bool LogFile::enter() {
    if (parts_.empty()) return false;
    auto& part = parts_.front();
    read_to_ = part.offset;
    line_end_ = read_to_;
    leaving_ = false;
    carried_ = 0;
    skipping_ = false;
    head_ = part.text.head(part.offset);
    tail_.clear();
    file_ = std::make_shared<ledger::Place>(part.text.place(part.offset));
    if (part.offset == 0 || part.text.packed()) return true;
    tail_ = part.text.before(part.offset);
    // A log that was never followed before is entered anywhere, all others behind a line.
    skipping_ = part.offset < part.replay_to && !tail_.ends_with('\n');
    return true;
}

void LogFile::seek_anew() {
    parts_.clear();
    if (position_) {
        parts_ = unread_parts(path_, position_->emitted_upto);
    } else if (auto text = LogText::open(path_)) {
        parts_.push_back({*std::move(text), 0, 0, true, false});
    }
    enter();
}

/// Goes on to the next part.
void LogFile::leave() {
    if (parts_.front().live) {
        // It was renamed meanwhile. This finds it again, as the first of those that end with the new file.
        seek_anew();
        return;
    }
    if (carried_ > 0) ++skipped_;
    parts_.erase(parts_.begin());
    enter();
}

/// The file is shorter than what was read, or begins otherwise.
bool LogFile::truncated() const {
    const auto& text = parts_.front().text;
    return text.size() < read_to_ || (file_->head_length > 0 && !text.same_head(*file_));
}

/// Another file, with content, has the log's name.
bool LogFile::replaced() const {
    struct stat named {};
    ledger::Place place;
    if (::stat(path_.c_str(), &named) != 0 || named.st_size == 0) return false;
    place.device = named.st_dev;
    place.inode = named.st_ino;
    return !parts_.front().text.same_inode(place);
}

void LogFile::give_lines(std::size_t length, const OnLine& line) {
    const char* data = buffer_.data();
    const auto start = read_to_ - length;  // offset of the buffer's first byte
    const auto replay_to = parts_.front().replay_to;
    const bool gap = start > line_end_;
    std::size_t begin = 0;
    mark();
    while (const auto* found = static_cast<const char*>(std::memchr(data + begin, '\n', length - begin))) {
        const auto end = static_cast<std::size_t>(found - data);
        if (skipping_) {
            skipping_ = false;
        } else if (end - begin > max_line) {
            ++skipped_;
        } else {
            ++lines_;
            line({data + begin, end - begin}, start + end < replay_to);
        }
        begin = end + 1;
    }
    given_ += begin;
    carried_ = length - begin;
    if (begin > 0) {
        line_end_ = start + begin;
        emitted({data, begin}, gap);
    }
    if (!skipping_ && carried_ > max_line) {
        skipping_ = true;
        ++skipped_;
    }
    if (skipping_)
        carried_ = 0;
    else
        std::memmove(buffer_.data(), data + begin, carried_);
}

/// Reading may resume at the next line.
void LogFile::mark() {
    if (!marks_.empty() && marks_.back().file == file_ && given_ - marks_.back().given < between_marks)
        return;
    if (!skipping_) marks_.push_back({lines_ + 1, file_, line_end_, given_});
    while (!marks_.empty() && given_ - marks_.front().given > replay_bytes)
        marks_.pop_front();
}

/// `lines`, which end at line_end_, were given; `gap`: some bytes before them were not kept. Head and tail
/// are taken from what was read: the file may have been truncated meanwhile.
void LogFile::emitted(std::string_view lines, bool gap) {
    if (!gap && head_.size() < max_head && head_.size() == line_end_ - lines.size()) {
        head_ += lines.substr(0, max_head - head_.size());
        file_->head_length = head_.size();
        file_->head_hash = hash_bytes(head_);
    }
    if (gap) tail_.clear();
    if (lines.size() >= LogText::tail_bytes) {
        tail_ = lines.substr(lines.size() - LogText::tail_bytes);
    } else {
        tail_ += lines;
        if (tail_.size() > LogText::tail_bytes) tail_.erase(0, tail_.size() - LogText::tail_bytes);
    }
    auto& part = parts_.front();
    if (line_end_ <= part.replay_to) return;
    if (!std::exchange(part.known, true)) {
        if (position_) {
            const auto& left = position_->emitted_upto;
            if (left.offset > position_->began && left.head_length > 0)
                finished_.push_back({left.head_hash, left.head_length, position_->began, left.offset});
        } else {
            position_.emplace().path = path_;
        }
        position_->began = 0;
    }
    position_->emitted_upto = *file_;
    position_->emitted_upto.offset = line_end_;
    const bool whole_tail = tail_.size() == std::min<std::uint64_t>(line_end_, LogText::tail_bytes);
    position_->emitted_upto.tail_hash = whole_tail ? hash_bytes(tail_) : 0;
}

std::optional<ledger::Position> LogFile::position(std::uint64_t oldest_needed) {
    if (!position_) return std::nullopt;
    while (marks_.size() > 1 &&
           (marks_[1].line <= oldest_needed || given_ - marks_.front().given > replay_bytes))
        marks_.pop_front();
    if (!marks_.empty()) {
        position_->resume_at = *marks_.front().file;
        position_->resume_at.offset = marks_.front().offset;
        position_->resume_at.tail_hash = 0;
    }
    return position_;
}

void LogFile::forget_finished(std::size_t count) {
    finished_.erase(finished_.begin(), finished_.begin() + static_cast<std::ptrdiff_t>(count));
}

std::uint64_t LogFile::behind() const {
    std::uint64_t bytes = 0;
    for (const auto& part : parts_) {
        const auto from = &part == &parts_.front() ? read_to_ : part.offset;
        const auto size = part.text.size();
        bytes += size - std::min(size, from);
    }
    return bytes;
}

}  // namespace nexthopd::follow
