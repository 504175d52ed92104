// Asks socketmap questions over many connections from one thread, and measures the answers.
//
// Closed loop: each connection asks its next question when the last one is answered. Open loop:
// questions are due at a fixed rate, whether or not the server keeps up, and a latency counts from the
// due time: what a queue before the server costs is seen, too.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "bystanders.hpp"
#include "endpoint.hpp"
#include "histogram.hpp"
#include "keys.hpp"
#include "process_usage.hpp"
#include "reply.hpp"

namespace nexthopd::bench {

struct Plan {
    Endpoint server;
    std::size_t connections = 1;
    base::Duration warmup{};     // asked, but not counted
    base::Duration duration{};   // counted
    std::uint64_t queries = 0;   // not 0: ask so many and stop, however long it takes
    std::optional<double> rate;  // questions per second (open loop); none: closed loop
    std::string map;             // the socketmap name
    std::string expect;          // what a reply must start with
    std::optional<pid_t> server_pid;
    std::size_t idle = 0;       // connections beside that say nothing
    std::size_t dribbling = 0;  // clients beside that send a byte at a time
};

struct Errors {
    std::uint64_t wrong = 0;       // a reply that does not start as expected
    std::uint64_t malformed = 0;   // not a netstring, or more bytes than one reply
    std::uint64_t closed = 0;      // the connection ended
    std::uint64_t unanswered = 0;  // no reply until some time after the end
    std::string first;             // what the first one was
    std::uint64_t total() const { return wrong + malformed + closed + unanswered; }
};

struct Outcome {
    std::uint64_t completed = 0;  // replies within the measured time
    double seconds = 0;           // the measured time
    Histogram latency;            // ns; of the questions due within the measured time
    std::uint64_t overdue = 0;    // open loop: due, but never asked, because every connection was busy
    Errors errors;                // warm-up included
    std::optional<double> server_cpu_seconds;
    std::uint64_t server_resident_kib = 0;
    double own_cpu_seconds = 0;  // near `seconds`: the generator was the limit, not the server
    std::size_t idle_closed = 0;
    std::uint64_t dribbling_closed = 0;
    std::uint64_t next_key = 0;
};

class Generator {
  public:
    /// Connects; throws std::system_error when that fails.
    Generator(Plan plan, Keys keys);
    Outcome run();

  private:
    struct Connection {
        Fd fd;
        base::Instant due{};  // of the question that is being answered
        bool busy = false;
        std::string partial;  // of the reply; empty when it comes in one piece
    };

    bool may_ask(base::Instant now) const;
    void ask(std::size_t index, base::Instant due);
    void ask_what_is_due(base::Instant now);
    base::Instant due_time(std::uint64_t question) const;
    void wait(base::Instant now);
    void receive(std::size_t index);
    void answered(std::size_t index, std::string_view text);
    void fail(std::size_t index, std::uint64_t& counter, std::string what);
    void begin_measuring(base::Instant now);
    void end_measuring(base::Instant now);
    void give_up_on_the_rest(base::Instant now);

    Plan plan_;
    Keys keys_;
    Fd epoll_;
    std::vector<Connection> connections_;
    std::vector<std::size_t> free_;  // open loop: connections without a question
    Bystanders bystanders_;
    std::string key_, request_;

    base::Instant start_{}, measure_from_{}, measure_to_{};
    bool measuring_ = false, ended_ = false;
    std::uint64_t asked_ = 0;
    std::size_t outstanding_ = 0, open_ = 0;
    base::Instant last_reply_{};
    std::optional<ProcessUsage> server_before_;
    double own_before_ = 0;
    Outcome outcome_;
};

}  // namespace nexthopd::bench
