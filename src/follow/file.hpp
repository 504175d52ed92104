// Follows one text log file across rotation, truncation and restarts, and gives each line once.
//
// Rotation by rename: the old file is read to its end, once the new one has content (its writer has
// moved on), then the new one. Copy and truncate: what was not read yet is read from the copy. A last
// line without its end waits. A file that is missing is waited for.
//
// Without a stored position it begins at the end of the file: who installs the program does not want the
// mail of last week counted as today's. A file that appears later is read from its beginning.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "follow/rotation.hpp"
#include "ledger/store.hpp"

namespace nexthopd::follow {

class LogFile {
  public:
    static constexpr std::size_t block_bytes = 256 * 1024;  // read in one call
    /// Syslog daemons cut lines at 8 KiB and below; a longer one is skipped.
    static constexpr std::size_t max_line = 64 * 1024;
    /// At most so much of what was read before a restart is given again.
    static constexpr std::uint64_t replay_bytes = 16 * 1024 * 1024;

    LogFile(std::string path, std::optional<ledger::Position> stored);

    /// `line` without its end. Replayed: it was given before the restart, and is given again because lines
    /// are joined with earlier ones by the parser, whose state is not stored.
    using OnLine = std::function<void(std::string_view line, bool replayed)>;

    /// Reads one block. True: there may be more to read now. An error names the file and what to do; it is
    /// worth another try later.
    base::Result<bool> read(const OnLine& line);

    /// What is to be stored after the lines that were given: the last one's end, and the place from which
    /// line number `oldest_needed` is read again (all lines given are counted, from 1). nullopt while no file
    /// was ever seen.
    std::optional<ledger::Position> position(std::uint64_t oldest_needed);

    /// Files that were left, as far as they were read; to be stored with the position.
    const std::vector<ledger::Range>& finished() const { return finished_; }
    /// The first `count` of them have been stored.
    void forget_finished(std::size_t count);

    /// Bytes that are not read yet, without those of compressed files.
    std::uint64_t behind() const;
    /// Lines that were too long, or cut off by the end of their file.
    std::uint64_t skipped() const { return skipped_; }
    const std::string& path() const { return path_; }

  private:
    /// A file whose lines were given, as a place that lacks the offset.
    using File = std::shared_ptr<ledger::Place>;
    struct Mark {
        std::uint64_t line = 0;  // the next one to be given there
        File file;
        std::uint64_t offset = 0;
        std::uint64_t given = 0;  // bytes given before
    };

    base::Result<bool> open();
    void begin_at_end(LogText text);
    bool enter();
    void leave();
    void seek_anew();
    bool truncated() const;
    bool replaced() const;
    void give_lines(std::size_t length, const OnLine& line);
    void mark();
    void emitted(std::string_view lines, bool gap);

    std::string path_;
    std::optional<ledger::Position> position_;  // its resume_at as of the last position()
    bool waited_ = false;         // the file was missing, or has been read: what appears now is new
    std::vector<Part> parts_;     // the first one is being read
    File file_;                   // that one
    std::string head_;            // what it begins with, at most max_head
    std::string tail_;            // what stands before line_end_, at most LogText::tail_bytes
    std::uint64_t read_to_ = 0;   // offset in that part
    std::uint64_t line_end_ = 0;  // of the last complete line in it
    bool skipping_ = false;       // up to the next line end
    bool leaving_ = false;        // the writer has moved on: at the next end of file, so do we
    std::vector<char> buffer_;
    std::size_t carried_ = 0;  // bytes of an incomplete line at the front of the buffer
    std::uint64_t lines_ = 0;
    std::uint64_t given_ = 0;  // bytes
    std::deque<Mark> marks_;   // where reading may resume, oldest first
    std::vector<ledger::Range> finished_;
    std::uint64_t skipped_ = 0;
};

}  // namespace nexthopd::follow
