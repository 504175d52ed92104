#include "maillog/stamp_reader.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using namespace nexthopd;
using maillog::StampReader;

namespace {

base::WallTime at(const char* text) {
    return *base::parse_ledger_time(text);
}

std::string read(StampReader& reader, const char* stamp, const char* now) {
    const auto time = reader.read(stamp, at(now));
    return time ? base::ledger_time(*time) : "-";
}

/// A zone with summer time as in Central Europe in 2026: UTC+2 from 29 March 02:00 to 25 October 03:00.
maillog::ZoneOffsets central_europe(std::chrono::seconds local) {
    using namespace std::chrono_literals;
    const auto begin = at("2026-03-29 02:00:00").time_since_epoch();
    const auto repeated = at("2026-10-25 02:00:00").time_since_epoch();
    if (local < begin || local >= repeated + 1h) return {1h, 1h};
    if (local < repeated) return {2h, 2h};
    return {2h, 1h};
}

}  // namespace

TEST_CASE("a traditional stamp gets the newest year that fits", "[maillog]") {
    struct Case {
        const char* stamp;
        const char* now;
        const char* wanted;
    };
    const Case cases[] = {
        {"Nov 22 16:44:23", "2026-11-22 16:44:24", "2026-11-22 16:44:23"},
        {"Nov  2 06:04:03", "2026-11-22 16:44:24", "2026-11-02 06:04:03"},
        {"Nov 02 06:04:03", "2026-11-22 16:44:24", "2026-11-02 06:04:03"},
        {"Dec 31 23:59:59", "2027-01-01 00:00:01", "2026-12-31 23:59:59"},
        {"Jan  1 00:00:00", "2027-01-01 00:00:01", "2027-01-01 00:00:00"},
        {"Jan  1 00:00:00", "2026-12-31 23:59:59", "2027-01-01 00:00:00"},  // the clock is a little late
        {"Nov 22 18:44:23", "2026-11-22 16:44:24",
         "2026-11-22 18:44:23"},  // the zone is wrong: never a year off
        {"Nov 24 00:00:00", "2026-11-22 16:44:24", "2025-11-24 00:00:00"},
        {"Feb 29 12:00:00", "2024-03-01 00:00:00", "2024-02-29 12:00:00"},
        {"Feb 29 12:00:00", "2026-03-01 00:00:00", "2024-02-29 12:00:00"},
        {"Feb 29 12:00:00", "2103-03-01 00:00:00", "2096-02-29 12:00:00"},
        {"Jun 30 23:59:60", "2026-11-22 16:44:24", "2026-07-01 00:00:00"},  // a leap second
    };
    for (const auto& one : cases) {
        INFO(one.stamp << " now " << one.now);
        StampReader reader(maillog::fixed_zone(std::chrono::seconds(0)));
        CHECK(read(reader, one.stamp, one.now) == one.wanted);
    }
}

TEST_CASE("the year follows the lines over New Year, and the clock after years", "[maillog]") {
    StampReader reader(maillog::fixed_zone(std::chrono::seconds(0)));
    CHECK(read(reader, "Dec 31 23:59:59", "2027-02-01 00:00:00") == "2026-12-31 23:59:59");
    CHECK(read(reader, "Jan  1 00:00:01", "2027-02-01 00:00:00") == "2027-01-01 00:00:01");
    CHECK(read(reader, "Jan  1 00:00:01", "2028-01-01 00:00:02") == "2028-01-01 00:00:01");
    // Tomorrow's date, or last year's: the line before knows.
    StampReader old(maillog::fixed_zone(std::chrono::seconds(0)));
    CHECK(read(old, "Nov 22 23:59:59", "2026-11-20 12:00:00") == "2025-11-22 23:59:59");
    CHECK(read(old, "Nov 23 00:00:01", "2026-11-22 12:00:00") == "2025-11-23 00:00:01");
    StampReader fresh(maillog::fixed_zone(std::chrono::seconds(0)));
    CHECK(read(fresh, "Nov 23 00:00:01", "2026-11-22 12:00:00") == "2026-11-23 00:00:01");
}

TEST_CASE("local time becomes UTC", "[maillog]") {
    StampReader east(maillog::fixed_zone(std::chrono::hours(2)));
    CHECK(read(east, "Nov 22 01:30:00", "2026-11-21 23:30:01") == "2026-11-21 23:30:00");
    StampReader west(maillog::fixed_zone(std::chrono::hours(-5)));
    CHECK(read(west, "Dec 31 22:00:00", "2027-01-01 03:00:01") == "2027-01-01 03:00:00");
    StampReader first_of_year(maillog::fixed_zone(std::chrono::hours(2)));
    CHECK(read(first_of_year, "Jan  1 01:00:00", "2026-12-31 23:00:01") == "2026-12-31 23:00:00");
}

TEST_CASE("the edges of summer time", "[maillog]") {
    const char* now = "2026-12-01 00:00:00";
    StampReader spring(central_europe);
    CHECK(read(spring, "Mar 29 01:59:59", now) == "2026-03-29 00:59:59");
    CHECK(read(spring, "Mar 29 03:00:00", now) == "2026-03-29 01:00:00");

    StampReader autumn(central_europe);
    const std::vector<std::pair<const char*, const char*>> lines = {
        {"Oct 25 01:59:59", "2026-10-24 23:59:59"},
        {"Oct 25 02:00:00", "2026-10-25 00:00:00"},
        {"Oct 25 02:59:58", "2026-10-25 00:59:58"},
        {"Oct 25 02:59:57", "2026-10-25 00:59:57"},  // slightly late
        {"Oct 25 02:00:01", "2026-10-25 01:00:01"},
        {"Oct 25 02:30:00", "2026-10-25 01:30:00"},
        {"Oct 25 02:59:59", "2026-10-25 01:59:59"},
        {"Oct 25 03:00:00", "2026-10-25 02:00:00"},
    };
    for (const auto& [stamp, wanted] : lines) {
        INFO(stamp);
        CHECK(read(autumn, stamp, now) == wanted);
    }
    // Without a line before: what is not in the future.
    StampReader first_pass(central_europe);
    CHECK(read(first_pass, "Oct 25 02:30:00", "2026-10-25 00:30:01") == "2026-10-25 00:30:00");
    StampReader second_pass(central_europe);
    CHECK(read(second_pass, "Oct 25 02:30:00", "2026-10-25 01:30:01") == "2026-10-25 01:30:00");
}

TEST_CASE("RFC 3339 stamps", "[maillog]") {
    struct Case {
        const char* stamp;
        const char* wanted;
    };
    const Case cases[] = {
        {"2026-11-22T16:56:11.071805+00:00", "2026-11-22 16:56:11"},
        {"2026-11-22T16:56:11Z", "2026-11-22 16:56:11"},
        {"2026-11-22T00:30:00+01:00", "2026-11-21 23:30:00"},
        {"2026-11-22T16:56:11-0330", "2026-11-22 20:26:11"},
        {"2026-11-22T16:56:11.123456789Z", "2026-11-22 16:56:11"},
        {"2026-11-22T16:56:11.1234567891234Z", "2026-11-22 16:56:11"},
    };
    StampReader reader(maillog::fixed_zone(std::chrono::hours(7)));  // of no consequence here
    for (const auto& one : cases) {
        INFO(one.stamp);
        CHECK(read(reader, one.stamp, "2026-11-22 18:00:00") == one.wanted);
    }
    const auto time = reader.read("2026-11-22T16:56:11.25Z", at("2026-11-22 18:00:00"));
    REQUIRE(time);
    CHECK(*time - at("2026-11-22 16:56:11") == std::chrono::milliseconds(250));
}

TEST_CASE("what is no stamp is refused", "[maillog]") {
    StampReader reader(maillog::fixed_zone(std::chrono::seconds(0)));
    for (const char* stamp : {"",
                              "Nov 22",
                              "Xxx 22 16:44:23",
                              "Nov 32 16:44:23",
                              "Nov  0 16:44:23",
                              "Nov 22 24:44:23",
                              "Nov 22 16:60:23",
                              "Nov 22 16:44:61",
                              "Nov 22 16-44-23",
                              "Feb 30 16:44:23",
                              "2026-11-22T16:56:11",
                              "2026-11-22T16:56:11X",
                              "2026-11-22T16:56:11.",
                              "2026-11-22T16:56:11.5",
                              "2026-13-22T16:56:11Z",
                              "2026-11-31T16:56:11Z",
                              "2026-11-22T16:56:11+1",
                              "2026-11-22T16:56:11+01:0",
                              "2026-11-22T16:56:11+01-00",
                              "9999-11-22T16:56:11Z",
                              "0000-11-22T16:56:11Z",
                              "2026/11/22T16:56:11Z",
                              "2026-11-22T16:56:11+010:00"}) {
        INFO(stamp);
        CHECK(read(reader, stamp, "2026-11-22 18:00:00") == "-");
    }
}
