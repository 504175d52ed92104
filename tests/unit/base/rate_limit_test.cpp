#include "base/rate_limit.hpp"

#include "catch.hpp"

using namespace nexthopd::base;
using namespace std::chrono_literals;

TEST_CASE("a complaint is told once a period, with how many were left out") {
    RateLimit limit(60s);
    const Instant start = Instant{} + 1h;
    CHECK(limit.permit(start) == 0U);
    CHECK_FALSE(limit.permit(start));
    CHECK_FALSE(limit.permit(start + 59s));
    CHECK(limit.permit(start + 60s) == 2U);
    CHECK_FALSE(limit.permit(start + 119s));
    CHECK(limit.permit(start + 600s) == 1U);
    CHECK(limit.permit(start + 700s) == 0U);
}

TEST_CASE("the first complaint is told even at the very start of the clock") {
    RateLimit limit(60s);
    CHECK(limit.permit(Instant{}) == 0U);
}
