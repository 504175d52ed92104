#include "maillog/syslog_line.hpp"

#include <string>

#include "catch.hpp"

using namespace nexthopd;

TEST_CASE("a syslog line is split into its fields", "[maillog]") {
    struct Case {
        const char* line;
        const char* stamp;
        const char* host;
        const char* program;
        std::uint32_t pid;
        const char* body;
    };
    const Case cases[] = {
        {"Nov 22 16:44:23 mta postfix/smtp[32229]: body: text", "Nov 22 16:44:23", "mta", "postfix/smtp",
         32229, "body: text"},
        {"Nov  2 16:44:23 mta postfix/relay/smtp[1]: x\r\n", "Nov  2 16:44:23", "mta", "postfix/relay/smtp",
         1, "x"},
        {"2026-11-22T16:56:11.071805+00:00 vm postfix-out/smtp[7]: x", "2026-11-22T16:56:11.071805+00:00",
         "vm", "postfix-out/smtp", 7, "x"},
        {"2026-11-22T16:56:11Z vm postfix/smtp: no pid", "2026-11-22T16:56:11Z", "vm", "postfix/smtp", 0,
         "no pid"},
        {"Nov 22 16:44:23 mta postfix/smtp[1]: ", "Nov 22 16:44:23", "mta", "postfix/smtp", 1, ""},
    };
    for (const auto& one : cases) {
        INFO(one.line);
        const auto fields = maillog::split_syslog_line(one.line);
        REQUIRE(fields);
        CHECK(fields->stamp == one.stamp);
        CHECK(fields->host == one.host);
        CHECK(fields->program == one.program);
        CHECK(fields->pid == one.pid);
        CHECK(fields->body == one.body);
    }
}

TEST_CASE("what is no syslog line is refused", "[maillog]") {
    for (const char* line :
         {"", "x", "Nov 22 16:44:23", "Nov 22 16:44:23 ", "Nov 22 16:44:23 mta",
          "Nov 22 16:44:23 mta postfix/smtp", "Nov 22 16:44:23 mta postfix/smtp[1]",
          "Nov 22 16:44:23 mta postfix/smtp[1]:", "Nov 22 16:44:23 mta postfix/smtp[]: x",
          "Nov 22 16:44:23 mta postfix/smtp[x]: x", "Nov 22 16:44:23 mta postfix/smtp[1]x: x",
          "Nov 22 16:44:23 mta postfix/smtp[12345678901]: x", "Nov 22 16:44:23 mta : x",
          "Nov 22 16:44:23 mta a b: x", "2026-11-22 16:56:11 vm postfix/smtp[1]: x", "2026-11-22T16:56:11Z",
          "<22>Nov 22 16:44:23 mta postfix/smtp[1]: x"}) {
        INFO(line);
        CHECK(!maillog::split_syslog_line(line));
    }
}

TEST_CASE("a syslog message, as programs and relays send it", "[maillog]") {
    struct Case {
        const char* message;
        const char* stamp;
        const char* host;
        const char* program;
        std::uint32_t pid;
        const char* body;
    };
    const Case cases[] = {
        // RFC 3164 §5.4, and what rsyslog, syslogd and syslog(3) make of it.
        {"<22>Nov 22 16:44:23 mta postfix/smtp[32229]: body: text", "Nov 22 16:44:23", "mta", "postfix/smtp", 32229,
         "body: text"},
        {"<22>Nov  2 16:44:23 mta.example.com postfix/relay/smtp[1]: x\n", "Nov  2 16:44:23", "mta.example.com",
         "postfix/relay/smtp", 1, "x"},
        {"<22>Nov 22 16:44:23 postfix-out/smtp[1]: 4fX: to=<a@b.test>", "Nov 22 16:44:23", "", "postfix-out/smtp", 1,
         "4fX: to=<a@b.test>"},
        {"<22>2026-11-22T16:56:11.071805+00:00 vm postfix/smtp[7]: x", "2026-11-22T16:56:11.071805+00:00", "vm",
         "postfix/smtp", 7, "x"},
        {"<22>postfix/smtp[7]: x", "", "", "postfix/smtp", 7, "x"},
        {"<22>exim: x", "", "", "exim", 0, "x"},
        {"Nov 22 16:44:23 mta postfix/smtp[7]: without a priority", "Nov 22 16:44:23", "mta", "postfix/smtp", 7,
         "without a priority"},
        // RFC 5424 §6.5, and rsyslog's RSYSLOG_SyslogProtocol23Format.
        {"<22>1 2003-10-11T22:14:15.003Z mta.example.com postfix/smtp 4711 ID47 - x y", "2003-10-11T22:14:15.003Z",
         "mta.example.com", "postfix/smtp", 4711, "x y"},
        {"<22>1 2003-10-11T22:14:15.003Z mta postfix/smtp 4711 - [a@1 b=\"c\\\"] d\"][e] x", "2003-10-11T22:14:15.003Z", "mta",
         "postfix/smtp", 4711, "x"},
        {"<22>1 - - postfix/smtp - - - \xEF\xBB\xBFx\n", "", "", "postfix/smtp", 0, "x"},
        {"<22>1 - - postfix/smtp 4711 - -", "", "", "postfix/smtp", 4711, ""},
        {"<22>1 - - postfix/smtp not-a-number - - x", "", "", "postfix/smtp", 0, "x"},
    };
    for (const auto& one : cases) {
        INFO(one.message);
        const auto fields = maillog::split_syslog_message(one.message);
        REQUIRE(fields);
        CHECK(fields->stamp == one.stamp);
        CHECK(fields->host == one.host);
        CHECK(fields->program == one.program);
        CHECK(fields->pid == one.pid);
        CHECK(fields->body == one.body);
    }
}

TEST_CASE("what is no syslog message is refused", "[maillog]") {
    for (const char* message :
         {"", "<22>", "<22>x", "<22>Nov 22 16:44:23 mta", "<22>1 ", "<22>1 - - postfix/smtp 4711 -",
          "<22>1 - - postfix/smtp 4711 - x", "<22>1 - - postfix/smtp 4711 - [a b=\"]", "<x>postfix/smtp[1]: x",
          "<22>2 - - postfix/smtp 4711 - - x", "GET / HTTP/1.1", "<22>postfix/smtp[1:x"}) {
        INFO(message);
        CHECK(!maillog::split_syslog_message(message));
    }
}
