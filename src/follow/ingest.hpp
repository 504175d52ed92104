// Imports a log file into the ledger: what is in it and not in the ledger yet.
//
// Which part is known already follows from the file's beginning, whatever its name is and whether it is
// compressed: from the ranges of files that were followed or imported, and from what the daemon is going to
// read by itself. Each batch is stored with the range it belongs to, so an import that was stopped goes on
// where it was.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "follow/parser.hpp"
#include "follow/unpacked.hpp"
#include "ledger/privacy.hpp"
#include "ledger/store.hpp"

namespace nexthopd::follow {

/// Bytes of a text, from `first` up to before `last`.
struct Span {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

/// What of the text that begins with `head` (max_head bytes, fewer when it is shorter) must not be stored: it
/// has been, or the daemon, which follows `logs`, will read it. In order, without overlap.
base::Result<std::vector<Span>> known_spans(std::string_view head, ledger::Store& store,
                                            const std::vector<std::string>& logs);

class Ingest {
  public:
    static constexpr std::size_t batch_rows = 2'000;         // some 10 ms of the database's lock
    static constexpr std::size_t batch_bytes = 4'000'000;    // between two commits
    static constexpr std::size_t max_line = 64 * 1024;       // longer ones are left out, as by the daemon
    static constexpr std::uint64_t join_bytes = 16'000'000;  // parsed of what is known, before what is not

    struct Options {
        base::WallTime now{};     // the time of the file's last change
        base::WallTime oldest{};  // rows before it would be removed at once
        std::vector<std::string> logs;
        ledger::Privacy privacy = {};
    };
    struct Done {
        std::uint64_t bytes = 0;  // of text
        std::uint64_t known_bytes = 0;
        std::uint64_t lines = 0;  // parsed
        std::uint64_t rows = 0;
        std::uint64_t old_rows = 0;
    };

    /// All have to outlive it.
    Ingest(Unpacked& text, const Parser& parser, ledger::Store& store, Options options);

    /// One batch. False: the text has ended. After an error, another try repeats nothing.
    base::Result<bool> step();

    const Done& done() const { return done_; }

  private:
    base::Result<bool> begin();
    base::Result<bool> fill();
    void line(std::string_view line, std::uint64_t end);
    base::Result<void> store();

    Unpacked& text_;
    const Parser& parser_;
    ledger::Store& store_;
    Options options_;
    bool begun_ = false;
    std::string head_;
    std::vector<Span> known_;
    std::vector<char> buffer_;
    std::size_t filled_ = 0;
    std::uint64_t at_ = 0;     // offset of the buffer's first byte, behind the last line
    std::uint64_t first_ = 0;  // of the range that is being stored
    bool skipping_ = false;
    bool ended_ = false;
    ledger::Batch batch_;
    std::vector<mail::Attempt> stored_before_;
    std::vector<maillog::QueueEvent> events_;
    Done done_;
};

}  // namespace nexthopd::follow
