#include "maillog/postfix_log.hpp"

#include <fmt/format.h>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace nexthopd;
using maillog::PostfixLog;

namespace {

const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");

/// A log that is read line by line; all lines are of 17:00:00 unless they have their own stamp.
struct Log {
    PostfixLog log{PostfixLog::Options{}};
    std::vector<mail::Attempt> attempts;
    std::vector<maillog::QueueEvent> events;

    void smtp(unsigned pid, std::string_view body) {
        log.line(fmt::format("Nov 22 17:00:00 mta postfix/smtp[{}]: {}", pid, body), now, attempts, events);
    }
    void qmgr(std::string_view body) {
        log.line(fmt::format("Nov 22 17:00:00 mta postfix/qmgr[1]: {}", body), now, attempts, events);
    }
};

std::string sent(std::string_view id, std::string_view to = "u@one.example") {
    return fmt::format(
        "{}: to=<{}>, relay=mx9.example.com[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent "
        "(250 ok)",
        id, to);
}

}  // namespace

TEST_CASE("times of the future are taken as now", "[maillog]") {
    Log log;
    log.log.line("Nov 22 18:04:59 mta postfix/smtp[1]: " + sent("8318BA74823"), now, log.attempts,
                 log.events);
    log.log.line("Nov 22 18:05:01 mta postfix/smtp[1]: " + sent("8318BA74824"), now, log.attempts,
                 log.events);
    REQUIRE(log.attempts.size() == 2);
    CHECK(log.attempts[0].time == now + std::chrono::seconds(299));
    CHECK(log.attempts[1].time == now);
    CHECK(log.log.counters().future == 1);
}

TEST_CASE("the journal's entries are read like lines", "[maillog]") {
    Log log;
    log.log.entry("postfix/smtp", 7, "connect to mx1.example.com[192.0.2.1]:25: Connection refused", now, now,
                  log.attempts, log.events);
    log.log.entry("postfix/smtp", 7, sent("8318BA74823"), now, now, log.attempts, log.events);
    log.log.entry("sshd", 7, sent("8318BA74823"), now, now, log.attempts, log.events);
    REQUIRE(log.attempts.size() == 2);
    CHECK(log.attempts[0].server == "mx1.example.com");
    CHECK(log.attempts[1].server == "mx9.example.com");
}

TEST_CASE("the oldest line that is still needed", "[maillog]") {
    Log log;
    CHECK(log.log.first_open_line() == 1);
    log.smtp(1, sent("8318BA74823"));
    CHECK(log.log.first_open_line() == 2);
    log.smtp(1, "connect to mx1.example.com[192.0.2.1]:25: Connection refused");                // 2
    log.smtp(2, "8318BA74824: host mx1.example.com[192.0.2.1] refused to talk to me: 421 no");  // 3
    log.smtp(2,
             "8318BA74824: host mx2.example.com[192.0.2.2] said: 450 no (in reply to RCPT TO command)");  // 4
    CHECK(log.log.first_open_line() == 2);
    log.smtp(1, sent("8318BA74825"));  // 5
    CHECK(log.log.first_open_line() == 3);
    log.smtp(2, sent("8318BA74824"));  // 6
    CHECK(log.log.first_open_line() == 7);
}

TEST_CASE("a line that is too long is cut", "[maillog]") {
    Log log;
    log.smtp(1,
             "8318BA74823: to=<u@one.example>, relay=mx1.example.com[192.0.2.1]:25, delay=1, delays=0/0/0/1, "
             "dsn=5.7.1, "
             "status=bounced (host mx1.example.com[192.0.2.1] said: 550 5.7.1 " +
                 std::string(100'000, 'x'));
    CHECK(log.log.counters().cut == 1);
    REQUIRE(log.attempts.size() == 1);
    CHECK(log.attempts[0].stage == mail::Stage::rcpt);
    CHECK(log.attempts[0].code == 550);
    CHECK(log.attempts[0].result.size() == 2000);
    log.smtp(1, "8318BA74823: to=<" + std::string(100'000, 'x') +
                    "@one.example>, relay=none, delay=1, status=sent (x)");
    CHECK(log.log.counters().malformed == 1);
}

TEST_CASE("bytes that Postfix does not write reach no row", "[maillog]") {
    Log log;
    using namespace std::string_literals;
    log.smtp(
        1,
        "8318BA74823: to=<\xff\0u@one.example>, relay=mx1.example.com[192.0.2.1]:25, delay=1, "
        "delays=0/0/0/1, dsn=5.7.1, "
        "status=bounced (host mx1.example.com[192.0.2.1] said: 550 \x1b[2J\0\xfe (in reply to RCPT TO command))"s);
    REQUIRE(log.attempts.size() == 1);
    CHECK(log.attempts[0].recipient == "??u@one.example");
    CHECK(log.attempts[0].result == "550 ?[2J??");
}

TEST_CASE("failures that nobody asks for are bounded", "[maillog]") {
    Log log;
    // One process, more servers than a delivery has.
    for (unsigned i = 0; i < 200; ++i)
        log.smtp(1, fmt::format("connect to mx{0}.example.com[198.18.0.{0}]:25: Connection refused", i));
    log.smtp(1, sent("8318BA74823"));
    CHECK(log.attempts.size() == maillog::DeliveryJoin::max_connections);
    CHECK(log.log.counters().deliveries.dropped >= 200 - maillog::DeliveryJoin::max_connections);

    // One message with more refusals than are kept.
    Log endless;
    const char* refused =
        "8318BA74824: host mx1.example.com[192.0.2.1] said: 450 no (in reply to RCPT TO command)";
    for (unsigned i = 0; i < maillog::DeliveryJoin::max_endings + 100; ++i)
        endless.smtp(1, refused);
    CHECK(endless.log.counters().deliveries.dropped == 100);
    CHECK(endless.attempts.empty());

    // Processes that have finished, each with endings of its last message: room is made for new ones.
    Log many;
    for (unsigned pid = 1; pid <= 1'000; ++pid) {
        for (unsigned i = 0; i < 50; ++i)
            many.smtp(pid, refused);
        for (unsigned i = 0; i < 50; ++i)
            many.smtp(pid, sent("8318BA74824", fmt::format("u{}@one.example", i)));
    }
    CHECK(many.attempts.size() == 1'000 * 100);
    CHECK(many.log.counters().deliveries.dropped == 0);
    CHECK(many.log.counters().deliveries.unjoined == 0);

    // More processes than are remembered: the oldest are forgotten, with what they left open.
    Log crowd;
    for (unsigned pid = 1; pid <= maillog::DeliveryJoin::max_processes + 10; ++pid)
        crowd.smtp(pid, "connect to mx1.example.com[192.0.2.1]:25: Connection refused");
    CHECK(crowd.log.counters().deliveries.unjoined == 10);
    crowd.smtp(1, sent("8318BA74825"));
    CHECK(crowd.attempts.size() == 1);
    crowd.smtp(100, sent("8318BA74826"));
    CHECK(crowd.attempts.size() == 3);
}

TEST_CASE("messages are bounded, and retries of forgotten ones unknown", "[maillog]") {
    Log log;
    const auto deferred = [](std::string_view id) {
        return fmt::format(
            "{}: to=<u@one.example>, relay=mx1.example.com[192.0.2.1]:25, delay=1, delays=0/0/0/1, "
            "dsn=4.2.1, "
            "status=deferred (host mx1.example.com[192.0.2.1] said: 450 no (in reply to RCPT TO command))",
            id);
    };
    log.qmgr("8318BA74823: from=<a@sender.example>, size=245, nrcpt=1 (queue active)");
    log.smtp(1, deferred("8318BA74823"));
    log.smtp(1, deferred("8318BA74823"));
    REQUIRE(log.attempts.size() == 2);
    CHECK(log.attempts[1].retries == 1U);
    CHECK(log.attempts[1].sender == "a@sender.example");
    for (std::size_t i = 0; i < maillog::Messages::capacity; ++i)
        log.qmgr(fmt::format("{:012X}: from=<a@sender.example>, size=245, nrcpt=1 (queue active)", i));
    log.smtp(1, deferred("8318BA74823"));
    CHECK(!log.attempts.back().retries);
    CHECK(log.attempts.back().sender.empty());
}

TEST_CASE("the session number is the same when a log is read again", "[maillog]") {
    std::uint64_t first = 0;
    for (int round = 0; round < 2; ++round) {
        Log log;
        if (round == 1) log.smtp(5, sent("8318BA74899"));  // read from an earlier line on
        log.smtp(1, sent("8318BA74823"));
        REQUIRE(!log.attempts.empty());
        if (round == 0) {
            first = log.attempts.back().session;
        } else {
            CHECK(log.attempts.back().session == first);
        }
    }
    CHECK(first != 0);
    CHECK(first < (1ULL << 53U));
}
