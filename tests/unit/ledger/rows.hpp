// Attempts for tests.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "mail/attempt.hpp"

namespace nexthopd::test {

inline base::WallTime at(const char* text) {
    return *base::parse_ledger_time(text);
}

inline mail::Attempt attempt(const std::string& server, const char* time, const std::string& result,
                             bool counted = true) {
    mail::Attempt row;
    row.time = at(time);
    row.instance = "postfix";
    row.queue_id = "4jXZY83sMwz1bctd";
    row.session = 7;
    row.sender = "a@sender.test";
    row.recipient = "u@one.test";
    row.domain = "one.test";
    row.server = server;
    row.address = "192.0.2.1";
    row.result = result;
    row.dsn = result.substr(0, 1) + ".7.1";
    row.status = result.front() == '2'   ? mail::Status::sent
                 : result.front() == '4' ? mail::Status::deferred
                                         : mail::Status::bounced;
    row.stage = mail::Stage::rcpt;
    row.counted = counted;
    return row;
}

}  // namespace nexthopd::test
