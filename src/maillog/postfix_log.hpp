// A Postfix log, line by line, becomes attempts (rows of the ledger) and queue events.
//
// An attempt is told by several lines: the one that names the sender, those of the servers that failed,
// and one per recipient with the end. They are joined by queue id and by the pid of smtp(8). All state
// is bounded, whatever the log says; nothing throws.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/attempt.hpp"
#include "mail/host_name.hpp"
#include "maillog/delivery.hpp"
#include "maillog/messages.hpp"
#include "maillog/queue_event.hpp"
#include "maillog/stamp_reader.hpp"
#include "maillog/syslog_line.hpp"

namespace nexthopd::maillog {

class PostfixLog {
  public:
    struct Options {
        std::string instance;                        // Attempt::instance
        std::vector<mail::IpAddress> own_addresses;  // deliveries there are re-injection; loopback always is
        std::vector<std::string> own_hosts;          // likewise, lower case
        std::vector<std::string> relay_hosts;        // lower case: attempts there have the stage "relay"
        Zone zone = fixed_zone(std::chrono::seconds(0));  // of traditional stamps
    };

    struct Counters {
        std::uint64_t lines = 0;
        std::uint64_t cut = 0;         // longer than max_line
        std::uint64_t malformed = 0;   // not a syslog line, or a Postfix line that does not parse
        std::uint64_t future = 0;      // more than max_ahead later than now; read as now
        std::uint64_t outcomes = 0;
        std::uint64_t attempts = 0;
        std::uint64_t bad_server = 0;  // attempts left out, because the server's name is none
        std::uint64_t unjoined = 0;    // failures whose recipient, or whose server, never showed
        std::uint64_t dropped = 0;     // failures left out, because a limit was reached
    };

    /// Postfix writes at most 2 000 characters of text to a line, with fields before; syslogd 8 KiB.
    static constexpr std::size_t max_line = 16 * 1024;
    static constexpr std::chrono::minutes max_ahead{5};

    explicit PostfixLog(Options options);

    /// One line of a file, with or without its line end. `now` limits times and gives traditional
    /// stamps their year. Results are appended; an attempt's `time` is that of the line that told it.
    void line(std::string_view line, base::WallTime now, std::vector<mail::Attempt>& attempts,
              std::vector<QueueEvent>& events);

    /// The same for a source that has the fields already (the journal).
    void entry(std::string_view program, std::uint32_t pid, std::string_view body, base::WallTime time,
               base::WallTime now, std::vector<mail::Attempt>& attempts, std::vector<QueueEvent>& events);

    const Counters& counters() const { return counters_; }

    /// Number (from 1, of all lines given so far) of the oldest line that a later line may still need;
    /// one more than the number of lines when there is none. Reading may resume there after a restart.
    std::uint64_t first_open_line() const;

  private:
    struct Process {
        base::WallTime seen{};
        std::vector<Connection> loose;  // failed connections since the last line with a queue id
        Delivery delivery;
        Server tls_server;         // of the last line about TLS; no name: there was none
        bool tls_established = false;
        bool tls_fresh = false;    // no line since then has told what became of that connection
    };
    struct Told;     // one line and where its results go
    struct Subject;  // the message and the recipient of a row

    void told(const PostfixLine& line, const Told& by);
    void on(const Outcome& outcome, const Told& by);
    void on(const Interim& interim, const Told& by);
    void on(const ConnectFailure& failure, const Told& by);
    void on(const QueueActive& active, const Told& by);
    void gone(std::string_view queue_id, const Told& by);
    void tls_line(const Peer& peer, bool established, const Told& by);

    bool client_outcome(const Outcome& outcome, const Subject& subject, std::uint64_t round, const Told& by);
    Process& process(const Told& by);
    Delivery& delivery(Process& process, std::string_view queue_id, std::uint64_t round, const Told& by);
    Connection* open(Process& process, const Server& server, bool reused, const Told& by);
    Connection* own_connection(Process& process, const Server& server, const FailureText* end, const Outcome& outcome,
                               const Told& by);
    bool keep_failure();
    void next_request(Delivery& delivery, const Told& by);
    void abandon(const Connection& connection, const Delivery& delivery, const Told& by);
    void forget(Process& process);
    void earlier_row(Connection& connection, const Subject& subject, const Told& by);
    void row(const Connection& connection, const Failure& failure, mail::Status status, bool counted,
             const Subject& subject, const Told& by);
    std::optional<Server> server_of(const Peer& peer) const;

    Options options_;
    StampReader stamps_;
    Messages messages_;
    RecentMap<std::uint32_t, Process> processes_;
    std::size_t failures_kept_ = 0;
    Counters counters_;
};

}  // namespace nexthopd::maillog
