#include "state/log_gap.hpp"

#include <fmt/format.h>

#include "catch.hpp"

using namespace nexthopd;
using namespace std::chrono_literals;

namespace {

const auto noon = *base::parse_ledger_time("2026-11-22 12:00:00");

}  // namespace

TEST_CASE("lines that were lost are a gap for ten minutes after the last of them") {
    state::LogGap gap;
    gap.advance(noon);
    CHECK_FALSE(gap.current());
    gap.lost(noon, "first");
    gap.advance(noon + 1s);
    REQUIRE(gap.current());
    CHECK(gap.current()->since == noon);
    CHECK(gap.current()->why == "first");
    gap.lost(noon + 5min, "second");
    gap.advance(noon + 14min);
    REQUIRE(gap.current());
    CHECK(gap.current()->since == noon);  // it goes on
    CHECK(gap.current()->why == "second");
    gap.advance(noon + 15min);
    CHECK_FALSE(gap.current());
    gap.lost(noon + 30min, "third");
    gap.advance(noon + 30min);
    CHECK(gap.current()->since == noon + 30min);
}

TEST_CASE("what was lost long ago, and is read only now, is no gap") {
    state::LogGap gap;
    gap.lost(noon, "old");
    gap.advance(noon + 3h);
    CHECK_FALSE(gap.current());
}

TEST_CASE("a message that is active for ten minutes without an outcome is a gap, until one comes") {
    state::LogGap gap;
    gap.active("A", noon);
    gap.advance(noon + 9min);
    CHECK_FALSE(gap.current());
    gap.advance(noon + 10min);
    REQUIRE(gap.current());
    CHECK(gap.current()->since == noon);
    CHECK(gap.current()->why.find("1 message(s)") != std::string::npos);
    SECTION("an outcome") {
        gap.outcome("A", noon + 11min);
    }
    SECTION("removed") {
        gap.gone("A");
    }
    SECTION("active again") {
        gap.active("A", noon + 11min);
    }
    SECTION("forgotten") {
        gap.advance(noon + 60min);
    }
    gap.advance(noon + 12min);
    CHECK_FALSE(gap.current());
}

TEST_CASE("a few slow messages among many are usual, a tenth is not") {
    state::LogGap gap;
    for (int i = 0; i < 10; ++i)
        gap.active(fmt::format("slow{}", i), noon);
    for (int i = 0; i < 91; ++i)
        gap.outcome(fmt::format("quick{}", i), noon + 10min);
    gap.advance(noon + 10min);
    CHECK_FALSE(gap.current());
    gap.active("slow10", noon + 1s);
    gap.advance(noon + 11min);
    CHECK(gap.current());
    // The outcomes of a time that is over do not count.
    gap.gone("slow10");
    gap.advance(noon + 11min);
    CHECK_FALSE(gap.current());
    gap.advance(noon + 25min);
    CHECK(gap.current());
}

TEST_CASE("what is remembered of messages is bounded") {
    state::LogGap gap;
    for (std::size_t i = 0; i < state::LogGap::max_messages + 1000; ++i)
        gap.active(fmt::format("id{}", i), noon);
    gap.advance(noon + 10min);
    REQUIRE(gap.current());
    CHECK(gap.current()->why.starts_with(fmt::format("{} ", state::LogGap::max_messages)));
}
