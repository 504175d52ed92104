#include "script/store.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace std::chrono_literals;

TEST_CASE("lengths of time") {
    const std::pair<const char*, base::Duration> rows[] = {{"90", 90s},    {"90s", 90s}, {"1.5h", 90min},
                                                           {"15m", 15min}, {"2d", 48h},  {"250ms", 250ms}};
    for (const auto& [text, wanted] : rows) {
        INFO(text);
        CHECK(parse_length(text) == wanted);
    }
    for (const char* text :
         {"", "m", "-5m", "0", "0s", "nan", "inf", "5 m", "5M", "5w", "1e300", "400d", "1e-12", "5m "}) {
        INFO(text);
        CHECK_FALSE(parse_length(text));
    }
}

TEST_CASE("rates") {
    const auto plain = parse_rate("100/10m");
    REQUIRE(plain);
    CHECK(plain->interval == 6s);
    CHECK(plain->burst == 100);
    const auto burst = parse_rate("100/10m,max_burst=5");
    REQUIRE(burst);
    CHECK(burst->interval == 6s);
    CHECK(burst->burst == 5);
    for (const char* text :
         {"", "100", "/10m", "0/10m", "-1/10m", "100/", "100/0", "100/10m,", "100/10m,burst=5",
          "100/10m,max_burst=", "100/10m,max_burst=0", "100/10m,max_burst=5x", "1.5/10m", "2000000/1s"}) {
        INFO(text);
        CHECK_FALSE(parse_rate(text));
    }
}

TEST_CASE("throttle lets a burst through, then a steady pace") {
    Store store;
    const auto rate = *parse_rate("10/60s,max_burst=3");
    const base::Instant start(1h);
    for (const std::int64_t left : {2, 1, 0}) {
        const auto found = store.throttle("a", rate, start, true);
        CHECK_FALSE(found.throttled);
        CHECK(found.remaining == left);
    }
    auto found = store.throttle("a", rate, start, true);
    CHECK(found.throttled);
    CHECK(found.retry_after == 6s);
    CHECK(found.remaining == 0);
    CHECK_FALSE(store.throttle("b", rate, start, true).throttled);
    CHECK(store.throttle("a", rate, start + 5999ms, true).throttled);
    CHECK_FALSE(store.throttle("a", rate, start + 6s, false).throttled);  // a look changes nothing
    CHECK_FALSE(store.throttle("a", rate, start + 6s, true).throttled);
    CHECK(store.throttle("a", rate, start + 6s, true).throttled);
    CHECK(store.throttle("a", rate, start + 10min, true).remaining == 2);
    // In the long run it is the rate.
    int passed = 0;
    for (int second = 0; second < 6'000; ++second)
        passed += store.throttle("c", rate, start + std::chrono::seconds(second), true).throttled ? 0 : 1;
    CHECK(passed == 1'000 + 2);
}

TEST_CASE("what is kept expires, and is bounded") {
    BoundedMap<int> map;
    const base::Instant start(1h);
    map.set("a", 1, start + 10s);
    REQUIRE(map.find("a", start) != nullptr);
    CHECK(*map.find("a", start + 9s) == 1);
    CHECK(map.find("a", start + 10s) == nullptr);
    CHECK(map.size() == 0);
    for (int i = 0; i < 25'000; ++i)
        map.set(std::to_string(i), i, start + 1h);
    CHECK(map.size() == BoundedMap<int>::max_entries);
    CHECK(map.find("14999", start) == nullptr);
    CHECK(*map.find("15000", start) == 15'000);
    CHECK(map.set("15000", 7, start + 1h) == 7);
    CHECK(map.size() == BoundedMap<int>::max_entries);
    map.erase("15000");
    map.erase("15000");
    CHECK(map.find("15000", start) == nullptr);
}
