#include "sql/time.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace std::chrono_literals;

TEST_CASE("Intervals") {
    const std::pair<const char*, std::optional<sql::Microseconds>> rows[] = {
        {"-15 MINUTES", -15min},
        {"15 min", 15min},
        {" 1 day 2 hours ", 26h},
        {"-1 day 2 hours", -22h},
        {"1 hour -15 min", 45min},
        {"1d 2h 3m 4s", 24h + 2h + 3min + 4s},
        {"1h30m", std::nullopt},
        {"2 weeks", 14 * 24h},
        {"1.5 hours", 90min},
        {"0.1 minutes", 6s},
        {"-0.000001 sec", -1us},
        {"- 15 minutes", -15min},
        {"36525 days", 36525 * 24h},
        {"36525 days 1 sec", std::nullopt},
        {"99999999999999999999 seconds", std::nullopt},
        {"0.0000001 hours", std::nullopt},
        {"1 month", std::nullopt},
        {"1 year", std::nullopt},
        {"15", std::nullopt},
        {"minutes", std::nullopt},
        {"1 day 1 day", std::nullopt},
        {"1 day ago", std::nullopt},
        {"1. day", std::nullopt},
        {"", std::nullopt},
        {" ", std::nullopt},
        {"--1 day", std::nullopt},
    };
    for (const auto& [text, wanted] : rows) {
        INFO(text);
        CHECK(sql::parse_interval(text) == wanted);
    }
    CHECK(sql::parse_interval_of("-15", 1min) == sql::Microseconds(-15min));
    CHECK_FALSE(sql::parse_interval_of("1.5", 1h));
    CHECK_FALSE(sql::parse_interval_of("15 minutes", 1min));
}

TEST_CASE("Timestamps and their text") {
    const std::pair<const char*, const char*> rows[] = {
        {"2026-11-22", "2026-11-22 00:00:00"},
        {"2026-11-22 17:30", "2026-11-22 17:30:00"},
        {"2026-11-22T17:30:01Z", "2026-11-22 17:30:01"},
        {"2026-11-22 17:30:01.250", "2026-11-22 17:30:01.25"},
        {"1969-12-31 23:59:59.000001", "1969-12-31 23:59:59.000001"},
    };
    for (const auto& [text, wanted] : rows) {
        INFO(text);
        const auto time = sql::parse_timestamp(text);
        REQUIRE(time);
        CHECK(sql::boundary_text(*time) == wanted);
    }
    for (const char* text :
         {"", "now", "2026-13-01", "2026-11-22 24:00:00", "9999-01-01", "0000-01-01",
          "2026-11-22 17:30:01.1234567", "2026-11-22 17:30:01+02", "2026-11-22 17:30:01x"}) {
        INFO(text);
        CHECK_FALSE(sql::parse_timestamp(text));
    }
}
