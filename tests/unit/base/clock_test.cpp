#include "base/clock.hpp"

#include <random>

#include "base/text.hpp"
#include "catch.hpp"

using namespace nexthopd::base;
using namespace std::chrono_literals;

TEST_CASE("times are written in UTC") {
    struct Row {
        std::int64_t seconds;
        std::string ledger;
        std::string rfc;
    };
    const Row rows[] = {
        {0, "1970-01-01 00:00:00", "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31 23:59:59", "1969-12-31T23:59:59Z"},
        {951'782'400, "2000-02-29 00:00:00", "2000-02-29T00:00:00Z"},
        {1'795'368'600, "2026-11-22 17:30:00", "2026-11-22T17:30:00Z"},
        {4'102'444'799, "2099-12-31 23:59:59", "2099-12-31T23:59:59Z"},
    };
    for (const auto& row : rows) {
        INFO(row.ledger);
        const auto time = from_unix_seconds(row.seconds);
        CHECK(ledger_time(time) == row.ledger);
        CHECK(rfc3339(time) == row.rfc);
        CHECK(parse_ledger_time(row.ledger) == time);
        CHECK(unix_seconds(time) == row.seconds);
    }
}

TEST_CASE("parts of a second are rounded down, before 1970 too") {
    CHECK(unix_seconds(from_unix_seconds(10) + 999ms) == 10);
    CHECK(unix_seconds(from_unix_seconds(-10) + 1ms) == -10);
    CHECK(ledger_time(from_unix_seconds(0) - 1ms) == "1969-12-31 23:59:59");
}

TEST_CASE("any second of two centuries comes back") {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<std::int64_t> seconds(-2'208'988'800, 4'102'444'800);
    for (int i = 0; i < 2'000; ++i) {
        const auto time = from_unix_seconds(seconds(random));
        REQUIRE(parse_ledger_time(ledger_time(time)) == time);
    }
}

TEST_CASE("what is no ledger time is refused") {
    for (const char* text : {"",
                             "2026-11-22",
                             "2026-11-22T17:30:00",
                             "2026-11-22 17:30:0",
                             "2026-11-22 17:30:000",
                             "2026-11-22 17:30",
                             "2026-11-22 17:30:00 ",
                             " 026-11-22 17:30:00",
                             "2026-13-22 17:30:00",
                             "2026-00-22 17:30:00",
                             "2026-11-31 17:30:00",
                             "2026-02-29 17:30:00",
                             "2026-11-00 17:30:00",
                             "2026-11-22 24:30:00",
                             "2026-11-22 17:60:00",
                             "2026-11-22 17:30:61",
                             "2026-11-22 17:30:-1",
                             "2026-11-22 +1:30:00",
                             "2026/11/22 17:30:00",
                             "2026-11-22 17.30.00",
                             "xxxx-xx-xx xx:xx:xx"}) {
        INFO(text);
        CHECK_FALSE(parse_ledger_time(text));
    }
}

TEST_CASE("times that the clock's type cannot hold") {
    // It counts nanoseconds in 64 bits: the years 1677 to 2262.
    for (const char* text :
         {"9999-12-31 23:59:59", "0000-01-01 00:00:00", "2262-06-01 00:00:00", "1677-01-01 00:00:00"}) {
        INFO(text);
        CHECK_FALSE(parse_ledger_time(text));
    }
    CHECK(parse_ledger_time("2261-12-31 23:59:59"));
    CHECK(parse_ledger_time("1678-01-01 00:00:00"));
    // A number from a stranger's file ends at the last moment that can be said.
    CHECK(from_unix_seconds(INT64_MAX) > from_unix_seconds(4'102'444'800));
    CHECK(from_unix_seconds(INT64_MIN) < from_unix_seconds(0));
    CHECK(ledger_time(from_unix_seconds(INT64_MAX)).size() == 19);
}
