#include "answer/lookup_breaker.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;
using namespace std::chrono_literals;

TEST_CASE("three misses in succession, then one for each pause") {
    const base::Instant start = base::Instant{} + 1h;
    LookupBreaker breaker;
    CHECK_FALSE(breaker.missed(start));
    CHECK_FALSE(breaker.missed(start + 1h));  // however far apart
    CHECK_FALSE(breaker.open(start + 1h));
    CHECK(breaker.missed(start + 2h));
    CHECK(breaker.open(start + 2h));
    CHECK_FALSE(breaker.missed(start + 2h + 1s));  // one that had waited already
    CHECK(breaker.open(start + 2h + 10s - 1ms));
    CHECK_FALSE(breaker.open(start + 2h + 10s));
    CHECK_FALSE(breaker.missed(start + 2h + 11s));  // it is known; nothing new to tell
    CHECK(breaker.open(start + 2h + 11s));
}

TEST_CASE("one that comes in time ends it") {
    const base::Instant start = base::Instant{} + 1h;
    LookupBreaker breaker;
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(breaker.missed(start));
        CHECK_FALSE(breaker.missed(start));
        breaker.came_in_time();
    }
    breaker.missed(start);
    breaker.missed(start);
    CHECK(breaker.missed(start));
    breaker.came_in_time();
    CHECK_FALSE(breaker.open(start));
    CHECK_FALSE(breaker.missed(start));
}
