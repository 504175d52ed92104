#include "classify/stated_wait.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using namespace nexthopd;
using std::chrono::seconds;

TEST_CASE("a stated wait, in the unit that its group names") {
    struct Case {
        std::string pattern;
        std::string text;
        std::optional<seconds> wait;
    };
    const std::vector<Case> cases = {
        {"in (?P<seconds>\\d+) s", "come back in 180 seconds", seconds(180)},
        {"in (?P<minutes>\\d+) m", "try again in 5 minutes", seconds(300)},
        {"in (?P<hours>\\d+) h", "in 2 hours", seconds(7'200)},
        {"in (?P<days>\\d+) d", "in 1 day", seconds(86'400)},
        {"in (?P<clock>[\\d:]+)", "try again in 00:04:51", seconds(291)},
        {"in (?P<clock>[\\d:]+)", "in 4:51", seconds(291)},
        {"in (?P<minutes>\\d+) min (?P<seconds>\\d+) sec", "in 2 min 5 sec", seconds(125)},
        {"in (?:(?P<minutes>\\d+) m|(?P<seconds>\\d+) s)", "in 7 s", seconds(7)},
        // Out of bounds.
        {"in (?P<days>\\d+) d", "in 900000000 days", seconds(86'400)},
        {"in (?P<seconds>\\d+) s", "in 0 seconds", seconds(1)},
        {"in (?P<seconds>\\d+) s", "in 99999999999999999999999 seconds", {}},
        {"in (?P<clock>[\\d:]+)", "in 1:2:3:4", {}},
        {"in (?P<clock>[\\d:]+)", "in :::", {}},
        {"in (?P<clock>[\\d:]+)", "in 999999999:59:59", seconds(86'400)},
        {"in (?P<seconds>\\d+) s", "later", {}},
    };
    for (const auto& one : cases) {
        INFO(one.pattern << " | " << one.text);
        const auto wait = classify::StatedWait::compile(one.pattern);
        REQUIRE(wait);
        CHECK(wait->in(one.text) == one.wait);
    }
}

TEST_CASE("a wait that does not say which number is meant") {
    for (const char* pattern : {"in \\d+", "in (\\d+)", "in (?P<weeks>\\d+)", "in (?P<seconds>", "", "x*"}) {
        INFO(pattern);
        CHECK_FALSE(classify::StatedWait::compile(pattern));
    }
}
