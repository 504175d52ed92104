#include "answer/breaker.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;
using namespace std::chrono_literals;

TEST_CASE("three overruns within a minute open it for ten seconds") {
    const base::Instant start = base::Instant{} + 1h;
    Breaker breaker;
    CHECK_FALSE(breaker.open(start));
    CHECK_FALSE(breaker.overrun(start));
    CHECK_FALSE(breaker.overrun(start + 30s));
    CHECK_FALSE(breaker.open(start + 59s));
    CHECK(breaker.overrun(start + 60s));
    CHECK(breaker.open(start + 60s));
    CHECK(breaker.open(start + 70s - 1ms));
    CHECK_FALSE(breaker.open(start + 70s));
    // It begins to count anew.
    CHECK_FALSE(breaker.overrun(start + 71s));
    CHECK_FALSE(breaker.overrun(start + 72s));
    CHECK(breaker.overrun(start + 73s));
}

TEST_CASE("overruns that are further apart do not open it") {
    Breaker breaker;
    auto at = base::Instant{} + 1h;
    for (int i = 0; i < 20; ++i) {
        CHECK_FALSE(breaker.overrun(at));
        at += 31s;  // the third comes 62 s after the first
    }
    at += 1h;
    CHECK_FALSE(breaker.overrun(at));
    CHECK_FALSE(breaker.overrun(at + 1s));
    CHECK(breaker.overrun(at + 2s));
}
