#include "maillog/gap_notice.hpp"

#include <variant>

#include "catch.hpp"
#include "maillog/postfix_log.hpp"

using namespace nexthopd;

namespace {

struct Case {
    const char* program;
    const char* body;
};

}  // namespace

TEST_CASE("notices of lost lines", "[maillog]") {
    const Case cases[] = {
        // systemd 252, 257: src/journal/journald-server.c (journald-manager.c)
        {"systemd-journald", "Suppressed 917 messages from postfix@-.service"},
        {"systemd-journald", "Suppressed 1 messages from exim4.service"},
        // systemd 219: the path of a control group
        {"systemd-journal", "Suppressed 917 messages from /system.slice/postfix.service"},
        {"systemd-journal", "Suppressed 917 messages from /"},
        // rsyslog 5, 7: tools/ratelimit.c
        {"rsyslogd-2177", "imuxsock[pid 29156]: begin to drop messages due to rate-limiting"},
        {"rsyslogd-2177", "imjournal: 236 messages lost due to rate-limiting"},
        // rsyslog 8: runtime/ratelimit.c
        {"rsyslogd", "imjournal from <mta:postfix/smtp>: begin to drop messages due to rate-limiting"},
        {"rsyslogd", "imjournal from <mta:cron>: begin to drop messages due to rate-limiting"},
        {"rsyslogd",
         "imuxsock[pid: 51, name: /usr/lib/postfix/sbin/smtp] from <mta:postfix/smtp>: begin to drop "
         "messages due to rate-limiting"},
        {"rsyslogd",
         "imuxsock[pid: 51, name: /usr/lib/postfix/sbin/qmgr]: 4881 messages lost due to rate-limiting "
         "(20000 allowed within 300 seconds)"},
        {"rsyslogd", "imudp: 12 messages lost due to rate-limiting (200 allowed within 5 seconds)"},
        {"rsyslogd",
         "imjournal: begin to drop messages due to rate-limiting [v8.2302.0 try "
         "https://www.rsyslog.com/e/2177 ]"},
    };
    for (const auto& one : cases) {
        INFO(one.program << ": " << one.body);
        CHECK(maillog::tells_of_lost_lines(one.program, one.body));
    }
}

TEST_CASE("other lines, and lost lines of others", "[maillog]") {
    const Case cases[] = {
        {"systemd-journald", "Suppressed 917 messages from cron.service"},
        {"systemd-journald", "Suppressed  messages from postfix@-.service"},
        {"systemd-journald", "Suppressed many messages from postfix@-.service"},
        {"systemd-journald", "Missed 1427 kernel messages"},
        {"systemd-journald", "System Journal (/var/log/journal/x) is 8.0M, max 4.0G, 3.9G free."},
        {"postfix/smtp", "Suppressed 917 messages from postfix@-.service"},
        {"postfix/smtp", "imjournal: 236 messages lost due to rate-limiting"},
        {"rsyslogd", "imuxsock[pid: 51, name: /usr/sbin/cron]: 8 messages lost due to rate-limiting"},
        {"rsyslogd",
         "imuxsock[pid: 51, name: /usr/sbin/cron] from <mta:cron>: begin to drop messages due to "
         "rate-limiting"},
        {"rsyslogd", "imjournal: x messages lost due to rate-limiting"},
        {"rsyslogd", " messages lost due to rate-limiting"},
        {"rsyslogd", "[origin software=\"rsyslogd\" swVersion=\"8.2302.0\"] start"},
        {"rsyslogd", ""},
    };
    for (const auto& one : cases) {
        INFO(one.program << ": " << one.body);
        CHECK_FALSE(maillog::tells_of_lost_lines(one.program, one.body));
    }
}

TEST_CASE("a notice in a log is an event with its time", "[maillog]") {
    maillog::PostfixLog log({});
    std::vector<mail::Attempt> attempts;
    std::vector<maillog::QueueEvent> events;
    const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");
    log.line("Nov 22 17:50:00 mta rsyslogd: imjournal: 236 messages lost due to rate-limiting\x1b", now,
             attempts, events);
    log.line("Nov 22 17:50:01 mta rsyslogd: action 'x' resumed", now, attempts, events);
    CHECK(attempts.empty());
    REQUIRE(events.size() == 1);
    const auto* lost = std::get_if<maillog::LinesLost>(&events[0]);
    REQUIRE(lost != nullptr);
    CHECK(base::ledger_time(lost->time) == "2026-11-22 17:50:00");
    CHECK(lost->why.starts_with("rsyslogd: imjournal: 236 messages lost due to rate-limiting"));
    CHECK(lost->why.find('\x1b') == std::string::npos);
}
