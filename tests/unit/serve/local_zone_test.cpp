#include "serve/local_zone.hpp"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "catch.hpp"

using namespace nexthopd;

namespace {

/// The zone of the C library for one test.
class Tz {
  public:
    explicit Tz(const char* name) {
        if (const char* before = std::getenv("TZ")) before_ = before;
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    Tz(const Tz&) = delete;
    Tz& operator=(const Tz&) = delete;
    ~Tz() {
        if (before_)
            ::setenv("TZ", before_->c_str(), 1);
        else
            ::unsetenv("TZ");
        ::tzset();
    }

  private:
    std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("traditional stamps over New Year and summer time, in the zones of the machine") {
    if (!std::filesystem::exists("/usr/share/zoneinfo/Europe/Berlin")) {
        WARN("tzdata is not installed: local times were not tested");
        return;
    }
    struct Line {
        const char* stamp;
        const char* now;  // when it is read
        const char* wanted;
    };
    struct Case {
        const char* zone;
        std::vector<Line> lines;
    };
    const Case cases[] = {
        {"UTC",
         {{"Dec 31 23:59:59", "2026-12-31 23:59:59", "2026-12-31 23:59:59"},
          {"Jan  1 00:00:00", "2027-01-01 00:00:00", "2027-01-01 00:00:00"},
          {"Dec 31 23:59:59", "2027-01-01 00:00:01", "2026-12-31 23:59:59"},  // out of order
          {"Jan  1 00:00:01", "2027-01-01 00:00:01", "2027-01-01 00:00:01"}}},
        // UTC+13 in summer: the year begins while UTC is in the old one.
        {"Pacific/Auckland",
         {{"Dec 31 23:59:59", "2026-12-31 10:59:59", "2026-12-31 10:59:59"},
          {"Jan  1 00:00:00", "2026-12-31 11:00:00", "2026-12-31 11:00:00"},
          {"Jan  1 12:59:59", "2026-12-31 23:59:59", "2026-12-31 23:59:59"},
          {"Jan  1 13:00:00", "2027-01-01 00:00:00", "2027-01-01 00:00:00"}}},
        // UTC-5: the year ends while UTC is in the new one.
        {"America/New_York",
         {{"Dec 31 18:59:59", "2026-12-31 23:59:59", "2026-12-31 23:59:59"},
          {"Dec 31 23:59:59", "2027-01-01 04:59:59", "2027-01-01 04:59:59"},
          {"Jan  1 00:00:00", "2027-01-01 05:00:00", "2027-01-01 05:00:00"}}},
        // Summer time ends on 25 October at 03:00, which becomes 02:00.
        {"Europe/Berlin",
         {{"Mar 29 01:59:59", "2026-03-29 00:59:59", "2026-03-29 00:59:59"},
          {"Mar 29 03:00:00", "2026-03-29 01:00:00", "2026-03-29 01:00:00"},
          {"Oct 25 02:59:59", "2026-10-25 00:59:59", "2026-10-25 00:59:59"},
          {"Oct 25 02:00:00", "2026-10-25 01:00:00", "2026-10-25 01:00:00"},
          {"Oct 25 02:59:59", "2026-10-25 01:59:59", "2026-10-25 01:59:59"},
          {"Oct 25 03:00:00", "2026-10-25 02:00:00", "2026-10-25 02:00:00"},
          {"Dec 31 23:59:59", "2026-12-31 22:59:59", "2026-12-31 22:59:59"},
          {"Jan  1 00:00:00", "2026-12-31 23:00:00", "2026-12-31 23:00:00"}}},
        // On 1 November at 02:00, which becomes 01:00.
        {"America/New_York",
         {{"Nov  1 01:59:59", "2026-11-01 05:59:59", "2026-11-01 05:59:59"},
          {"Nov  1 01:00:00", "2026-11-01 06:00:00", "2026-11-01 06:00:00"},
          {"Nov  1 02:00:00", "2026-11-01 07:00:00", "2026-11-01 07:00:00"}}},
        // Half an hour of summer time, which ends on 5 April at 02:00.
        {"Australia/Lord_Howe",
         {{"Apr  5 01:29:59", "2026-04-04 14:29:59", "2026-04-04 14:29:59"},
          {"Apr  5 01:59:59", "2026-04-04 14:59:59", "2026-04-04 14:59:59"},
          {"Apr  5 01:30:00", "2026-04-04 15:00:00", "2026-04-04 15:00:00"},
          {"Apr  5 02:00:00", "2026-04-04 15:30:00", "2026-04-04 15:30:00"}}},
        {"Asia/Kolkata", {{"Nov 22 05:29:59", "2026-11-21 23:59:59", "2026-11-21 23:59:59"}}},
    };
    for (const auto& one : cases) {
        const Tz zone(one.zone);
        maillog::StampReader reader(serve::local_zone);
        for (const auto& line : one.lines) {
            INFO(one.zone << ": " << line.stamp << " at " << line.now);
            const auto time = reader.read(line.stamp, *base::parse_ledger_time(line.now));
            REQUIRE(time);
            CHECK(base::ledger_time(*time) == line.wanted);
        }
    }
}
