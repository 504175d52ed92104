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
