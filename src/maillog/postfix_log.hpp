// A Postfix log, line by line, becomes attempts (rows of the ledger) and queue events.
//
// An attempt is told by several lines: the queue manager's, which names the sender, those about servers
// that failed, and one per recipient with the end. They are joined by queue id and by the pid of
// smtp(8). All state is bounded, whatever the log says.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/attempt.hpp"
#include "maillog/delivery_join.hpp"
#include "maillog/messages.hpp"
#include "maillog/postfix_line.hpp"
#include "maillog/queue_event.hpp"
#include "maillog/stamp_reader.hpp"

namespace nexthopd::maillog {

class PostfixLog {
  public:
    struct Options {
        DeliveryJoin::Options deliveries;
        Zone zone = fixed_zone(std::chrono::seconds(0));  // of traditional stamps
    };

    struct Counters {
        std::uint64_t lines = 0;
        std::uint64_t cut = 0;        // longer than max_line
        std::uint64_t malformed = 0;  // not a syslog line, or a Postfix line that does not parse
        std::uint64_t future = 0;     // more than max_ahead later than now; taken as now
        std::uint64_t outcomes = 0;   // lines that tell how one recipient fared
        DeliveryJoin::Counters deliveries;
    };

    /// Postfix logs texts of 2 000 characters, and addresses before them; syslogd's default is 8 KiB.
    static constexpr std::size_t max_line = 16 * 1024;
    static constexpr std::chrono::minutes max_ahead{5};

    explicit PostfixLog(Options options)
        : instance_(options.deliveries.instance),
          stamps_(std::move(options.zone)),
          join_(std::move(options.deliveries)) {}

    /// One line of a file, with or without its line end. `now` limits the times and gives traditional
    /// stamps their year: the clock, or for an old file the time of its last change. Results are appended.
    void line(std::string_view line, base::WallTime now, std::vector<mail::Attempt>& attempts,
              std::vector<QueueEvent>& events);

    /// The same for a source that has the fields apart (the journal).
    void entry(std::string_view program, std::uint32_t pid, std::string_view body, base::WallTime time,
               base::WallTime now, std::vector<mail::Attempt>& attempts, std::vector<QueueEvent>& events);

    Counters counters() const;

    /// Number of the oldest line that a later one may still need, counted from 1 over all lines given;
    /// one more than their number when there is none. After a restart reading may resume there.
    std::uint64_t first_open_line();

  private:
    struct Results {
        std::vector<mail::Attempt>& attempts;
        std::vector<QueueEvent>& events;
    };
    void told(Service service, const PostfixLine& line, LogPoint at, base::WallTime now, Results results);
    void outcome(Service service, const Outcome& outcome, const LogPoint& at, Results results);
    std::uint64_t round_of(std::string_view queue_id);

    std::string instance_;
    StampReader stamps_;
    Messages messages_;
    DeliveryJoin join_;
    Counters counters_;
    base::WallTime latest_{};  // time of the last line
};

}  // namespace nexthopd::maillog
