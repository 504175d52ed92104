// The store of attempts, holds and log positions. One thread writes: the ledger thread.
//
// Every call may touch the disk and block. Every failure is an error value whose text says what to do;
// the caller tries again later, and a store that failed opens its database anew by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "mail/attempt.hpp"
#include "mail/hold.hpp"

namespace nexthopd::ledger {

/// A place in a log file, between two lines. Path and inode may both come to name another file (rotation, an
/// inode used again), so what the file begins with, and what stands before the place, is remembered too.
struct Place {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t head_hash = 0;    // of the first `head_length` bytes
    std::uint64_t head_length = 0;  // those bytes never change while the file grows
    std::uint64_t offset = 0;       // in the text, of a compressed file too
    std::uint64_t tail_hash = 0;    // of the bytes just before the offset; 0: not known
    friend bool operator==(const Place&, const Place&) = default;
};

/// How far a log has been read.
struct Position {
    std::string path;
    Place emitted_upto;       // what the lines before it told has been stored
    std::uint64_t began = 0;  // from this offset on, in that file
    Place resume_at;          // the oldest line that later ones may need, perhaps in an older file
    friend bool operator==(const Position&, const Position&) = default;
};

/// How far a source that is no file has been read: what that source makes of it is its own affair.
struct Cursor {
    std::string source;
    std::string place;
};

/// Bytes of a log file whose lines have been stored, whatever the file is called: rotated, copied,
/// compressed.
struct Range {
    std::uint64_t head_hash = 0;
    std::uint64_t head_length = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // the first byte that does not belong to it
    friend bool operator==(const Range&, const Range&) = default;
};

struct EndedHold {
    std::string id;
    base::WallTime when{};
    std::string why;  // for the administrator: "over", "cleared", "delivered"
};

/// What is committed together: rows and the places they were read up to, so that after a crash no
/// line is counted twice or lost.
struct Batch {
    std::vector<mail::Attempt> attempts;
    std::vector<Position> positions;   // at most one per path
    std::vector<mail::Hold> started;   // a known id is replaced
    std::vector<EndedHold> ended;      // unknown ids are ignored
    std::vector<Range> ranges = {};    // one with the same head and first byte is replaced
    std::vector<Cursor> cursors = {};  // at most one per source
    bool empty() const {
        return attempts.empty() && positions.empty() && started.empty() && ended.empty() && ranges.empty() &&
               cursors.empty();
    }
};

/// Attempts of one minute that are alike: what the counters in memory are rebuilt from.
struct Cell {
    base::WallTime minute{};
    std::string_view server;  // these are valid during the callback
    std::string_view domain;
    std::string_view reason;  // empty: not known
    char result_class = '0';
    std::uint32_t count = 0;
};

struct Retention {
    base::WallTime before{};         // older rows go
    std::uint64_t max_bytes = 0;     // the oldest rows go while the database uses more; 0: no limit
    base::WallTime holds_before{};   // holds that ended earlier go
    std::uint32_t max_rows = 1'000;  // at most so many rows in one call
};

/// How far forget() has come.
struct ForgetProgress {
    std::int64_t last_row = 0;
    std::uint64_t rewritten = 0;
    bool done = false;
};

class Store {
  public:
    virtual ~Store() = default;

    /// All or nothing.
    virtual base::Result<void> append(const Batch& batch) = 0;
    /// The holds that have not ended, in the order of their ends.
    virtual base::Result<std::vector<mail::Hold>> load_holds() = 0;
    /// Of every log that was ever followed.
    virtual base::Result<std::vector<Position>> positions() = 0;
    /// Of the log files that were read to their ends, or imported.
    virtual base::Result<std::vector<Range>> ranges() = 0;
    /// The place of a Cursor; nullopt: that source was never read.
    virtual base::Result<std::optional<std::string>> cursor(std::string_view source) = 0;
    /// One small step; answers how many attempts were removed. Less than max_rows: done for now.
    virtual base::Result<std::uint64_t> prune(const Retention& retention) = 0;
    /// One small step of the counts of older windows; answers how many attempts were added. Less than
    /// `max_rows`: all are.
    virtual base::Result<std::uint64_t> roll_up(std::uint32_t max_rows) = 0;
    /// One small step of taking an address out of the rows; after the last one also out of the files.
    virtual base::Result<void> forget(const std::string& address, std::uint32_t max_rows,
                                      ForgetProgress& progress) = 0;
    /// The counted attempts since the minute of `since`, minute by minute.
    virtual base::Result<void> recent(base::WallTime since, const std::function<void(const Cell&)>& cell) = 0;
};

}  // namespace nexthopd::ledger
