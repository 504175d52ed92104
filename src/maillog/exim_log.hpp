// Exim's main log, line by line, becomes attempts (rows of the ledger) and queue events.
//
// All lines of a message carry its id. Those about hosts that failed are joined with those that tell how each
// recipient fared. All state is bounded, whatever the log says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "mail/attempt.hpp"
#include "maillog/exim_join.hpp"
#include "maillog/exim_line.hpp"
#include "maillog/queue_event.hpp"
#include "maillog/recent_map.hpp"
#include "maillog/stamp_reader.hpp"
#include "maillog/tries.hpp"

namespace nexthopd::maillog {

class EximLog {
  public:
    struct Options {
        EximJoin::Options deliveries;
        Zone zone = fixed_zone(std::chrono::seconds(0));  // of stamps without one
    };

    struct Counters {
        std::uint64_t lines = 0;
        std::uint64_t cut = 0;        // longer than max_line
        std::uint64_t malformed = 0;  // not a line of Exim, or one that does not parse
        std::uint64_t future = 0;     // more than max_ahead later than now; taken as now
        std::uint64_t outcomes = 0;   // lines that tell how one recipient fared
        EximJoin::Counters deliveries;
    };

    /// LOG_BUFFER_SIZE of Exim is 8 KiB.
    static constexpr std::size_t max_line = 16 * 1024;
    static constexpr std::chrono::minutes max_ahead{5};
    /// Messages whose sender, size and tries are remembered.
    static constexpr std::size_t max_messages = 50'000;

    explicit EximLog(Options options)
        : instance_(options.deliveries.instance),
          stamps_(std::move(options.zone)),
          join_(std::move(options.deliveries)) {}

    /// One line of the file, or of a syslog file, with or without its line end. `now` limits the times: the
    /// clock, or for an old file the time of its last change. Results are appended.
    void line(std::string_view line, base::WallTime now, std::vector<mail::Attempt>& attempts,
              std::vector<QueueEvent>& events);

    Counters counters() const;

    /// Number of the oldest line that a later one may still need, counted from 1 over all lines given;
    /// one more than their number when there is none. After a restart reading may resume there.
    std::uint64_t first_open_line() const;

  private:
    struct Message {
        std::string sender;
        std::optional<std::uint64_t> size;
        base::WallTime arrived{};
        bool all_tries_known = true;
        Tries tries;
    };
    struct Results {
        std::vector<mail::Attempt>& attempts;
        std::vector<QueueEvent>& events;
    };
    void told(std::string_view id, const EximLine& line, const LogPoint& at, Results results);
    void arrival(std::string_view id, const EximArrival& arrival, const LogPoint& at, Results results);
    void outcome(std::string_view id, const EximOutcome& outcome, const LogPoint& at, Results results);
    std::string_view plain(std::string_view text, bool quoted);

    std::string instance_;
    StampReader stamps_;
    RecentMap<std::string, Message, base::StringHash> messages_{max_messages};
    EximJoin join_;
    Counters counters_;
    base::WallTime latest_{};  // time of the last line
    std::string plain_;        // what plain() answered
};

}  // namespace nexthopd::maillog
