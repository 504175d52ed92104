// One attempt to deliver to one recipient through one server, as the MTA's log tells it. A row of the ledger.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace nexthopd::mail {

enum class Status { sent, deferred, bounced };
/// Where in the conversation the attempt ended; eod is "end of data".
enum class Stage { connect, greeting, ehlo, tls, mail, rcpt, data, eod, relay };
enum class Mode { delivery, probe };
enum class Mta { postfix, exim };

struct Attempt {
    base::WallTime time{};
    std::string instance;    // the MTA's instance: the name of the [[postfix]] or [[exim]] table
    std::string queue_id;
    std::uint64_t session = 0;  // equal for the recipients that met the same connection, never 0 within one
    std::string connection;  // as scripts know it; empty: the default
    std::string sender;
    std::string recipient;   // as logged, the domain in lower-case A-labels where it converts
    std::string domain;
    std::string server;      // lower case; the address in text form when only that is known
    std::string address;     // empty when unknown
    std::uint16_t port = 25;
    std::string result;      // starts with the SMTP code where there was one, else with the enhanced code
    std::optional<int> code;   // SMTP reply code; none: connection refused, timed out, lost
    std::string dsn;         // enhanced status code
    Status status = Status::deferred;
    Stage stage = Stage::connect;
    std::string reason;      // the class of the reply; empty: unknown
    std::optional<double> delay;  // seconds since the message arrived
    std::optional<std::uint64_t> size;
    std::optional<std::uint32_t> retries;
    bool tls = false;
    Mta mta = Mta::postfix;  // whose log told it
    Mode mode = Mode::delivery;
    bool counted = true;     // false: a further recipient of a session that is counted already
    // Not stored: what rules see of a failure besides.
    std::optional<std::chrono::seconds> wait = {};  // as the reply stated it
    std::vector<std::uint64_t> matched = {};        // classify::pattern_id() of the rules' patterns
};

/// The class of an attempt for nexthop.count(): the first character of result, '2', '4' or '5'.
char result_class(const Attempt& attempt);

const char* to_text(Status status);
const char* to_text(Stage stage);
const char* to_text(Mta mta);
const char* to_text(Mode mode);

}  // namespace nexthopd::mail
