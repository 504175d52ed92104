#include "serve/log_parser.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;

namespace {

const base::WallTime now = base::from_unix_seconds(1'795'348'800);  // 2026-11-22 12:00:00

follow::Parser lines_for(const char* name) {
    config::PostfixInstance instance;
    instance.name = name;
    return lines_of(postfix_log(instance, {}, {}), std::make_shared<Reasons>());
}

struct Told {
    std::vector<mail::Attempt> attempts;
    std::vector<maillog::QueueEvent> events;
};

std::string sent(const std::string& tag, const std::string& recipient) {
    return "Nov 22 11:59:59 mta " + tag + "/smtp[1]: 4jXZhQ2SJnz1bcrC: to=<" + recipient +
           ">, relay=mx1.test[192.0.2.1]:25, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (250 ok)";
}

std::string interim(const std::string& tag) {
    return "Nov 22 11:59:59 mta " + tag + "/smtp[1]: connect to mx1.test[192.0.2.1]:25: Connection refused";
}

}  // namespace

TEST_CASE("a log of several instances: each line is for the one that its tag names") {
    const auto parser = shared_lines({{"postfix", lines_for("in")}, {"postfix-out", lines_for("out")}});
    Told told;
    for (const auto* tag : {"postfix", "postfix-out", "postfix-other"})
        parser.line(sent(tag, "a@one.test"), now, told.attempts, told.events);
    parser.line("not a line of syslog", now, told.attempts, told.events);
    REQUIRE(told.attempts.size() == 3);
    CHECK(told.attempts[0].instance == "in");
    CHECK(told.attempts[1].instance == "out");
    CHECK(told.attempts[2].instance == "in");  // a tag that is nobody's is for the first
    CHECK(parser.first_open_line() == 5);
}

TEST_CASE("the oldest line that is needed again is told as a line of the file") {
    const auto parser = shared_lines({{"postfix", lines_for("in")}, {"postfix-out", lines_for("out")}});
    Told told;
    const auto give = [&](const std::string& line) { parser.line(line, now, told.attempts, told.events); };
    give(sent("postfix", "a@one.test"));
    give(sent("postfix-out", "a@one.test"));
    give(interim("postfix-out"));
    give(sent("postfix", "b@one.test"));
    CHECK(parser.first_open_line() == 3);
    give(sent("postfix-out", "b@one.test"));
    CHECK(parser.first_open_line() == 6);
}
