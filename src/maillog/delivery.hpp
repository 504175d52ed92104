// The servers that one delivery request met: what smtp(8) logs before it says how each recipient fared.
//
// One smtp process handles one request (a message, a next hop, some of its recipients) at a time, and
// logs in this order: what failed on the way to the first server, on the way to the second .., with
// outcome lines between as recipients are done with. So what failed before an outcome line concerns its
// recipient; what comes later does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/attempt.hpp"
#include "maillog/failure_text.hpp"
#include "maillog/server.hpp"

namespace nexthopd::maillog {

/// How a connection, or one recipient in it, fared.
struct Ending {
    base::WallTime time{};
    std::uint64_t line = 0;  // number of the line that told it
    mail::Status status = mail::Status::deferred;
    mail::Stage stage = mail::Stage::connect;
    std::optional<int> code;
    std::string dsn;
    std::string result;  // begins with 2, 4 or 5
};

/// `text` is what the line says, `parts` the same taken apart. `dsn` is that of the line; empty for a
/// line that has none: Postfix goes on to another server only after what it takes for temporary, so
/// then the class is 4.
Ending make_ending(mail::Status status, const FailureText& parts, std::string_view text, std::string_view dsn,
                   base::WallTime time, std::uint64_t line);

struct Connection {
    Server server;
    std::uint64_t session = 0;
    bool tls = false;
    std::vector<Ending> refusals;  // of one recipient each; the first `refusals_met` have found theirs
    std::size_t refusals_met = 0;
    std::optional<Ending> end;  // concerns all recipients that were left
    bool end_met = false;       // an outcome line of another server followed
    bool counted = false;       // `end` has a row that counts

    /// The delivery has gone on to other servers: Postfix does not come back to this one.
    bool left() const { return end_met || refusals_met > 0; }
    /// Endings for which no recipient has shown.
    std::size_t open_endings() const { return refusals.size() - refusals_met + (end && !counted ? 1U : 0U); }
};

class Delivery {
  public:
    std::string queue_id;
    std::uint64_t round = 0;  // which "queue active" line it belongs to; 0: unknown
    std::string delays;  // "a/b" of its outcome lines: time until smtp(8) got it; the same for all of them
    std::string domain;  // of the last outcome line
    std::vector<Connection> connections;
    std::uint32_t opened = 0;  // number of connections so far, forgotten ones included

    /// The latest connection to that server, nullptr when there is none.
    Connection* latest(const Server& server);
    /// Number of endings kept.
    std::size_t endings() const;
    std::uint64_t first_line = 0;  // that the process logged for it
    /// True while some line has not found its recipient yet.
    bool open() const;
};

}  // namespace nexthopd::maillog
