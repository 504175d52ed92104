// Limits: what is written, and the pace that they give.
#include <vector>

#include "catch.hpp"
#include "rules/limit.hpp"

using namespace nexthopd;
using namespace std::chrono_literals;

TEST_CASE("limits as they are written") {
    CHECK(*rules::parse_limit("100/10m,max_burst=5") == rules::Limit{100, 10min, 5});
    CHECK(*rules::parse_limit("5/s") == rules::Limit{5, 1s, 1});
    CHECK(rules::to_text(rules::Limit{100, 10min, 5}) == "100/10m,max_burst=5");
    for (const auto* const text :
         {"", "5", "/s", "5/", "0/s", "5/0s", "-5/s", "5/s,max_burst=0", "5/s,burst=2", "5/25h"})
        CHECK_FALSE(rules::parse_limit(text));
}

TEST_CASE("a limit gives each its time, evenly, after a burst") {
    const auto limit = *rules::parse_limit("6/m,max_burst=3");
    rules::Gcra gcra;
    const base::Instant start(1h);
    std::vector<std::chrono::seconds> times;
    for (int i = 0; i < 6; ++i) {
        const auto next = gcra.next(limit, start);
        times.push_back(std::chrono::duration_cast<std::chrono::seconds>(next - start));
        gcra.take(limit, start);
    }
    CHECK(times == std::vector<std::chrono::seconds>{0s, 0s, 0s, 10s, 20s, 30s});
    CHECK(gcra.idle(start + 60s));
    CHECK_FALSE(gcra.idle(start + 59s));
    CHECK(gcra.next(limit, start + 61s) == start + 61s);
}
