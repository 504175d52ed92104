#include "base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::base {

namespace {

struct Civil {
    int year;
    unsigned month, day, hour, minute, second;
};

/// WallTime counts nanoseconds in 64 bits: it holds these whole years, and a few months more at each end.
constexpr std::uint64_t first_year = 1678;
constexpr std::uint64_t last_year = 2261;
constexpr std::int64_t last_second = std::chrono::floor<std::chrono::seconds>(WallTime::max()).time_since_epoch().count();
constexpr std::int64_t first_second = -last_second;

Civil civil(WallTime time) {
    using namespace std::chrono;
    const auto seconds_total = floor<seconds>(time);
    const auto day_point = floor<days>(seconds_total);
    const year_month_day date{day_point};
    const hh_mm_ss clock{seconds_total - day_point};
    return {static_cast<int>(date.year()),
            static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()),
            static_cast<unsigned>(clock.hours().count()),
            static_cast<unsigned>(clock.minutes().count()),
            static_cast<unsigned>(clock.seconds().count())};
}

}  // namespace

std::int64_t unix_seconds(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

WallTime from_unix_seconds(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(std::clamp(seconds, first_second, last_second)));
}

std::string ledger_time(WallTime time) {
    const auto c = civil(time);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::optional<WallTime> parse_ledger_time(std::string_view text) {
    using namespace std::chrono;
    if (text.size() != 19 || text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    const auto field = [&](std::size_t at, std::size_t length) { return parse_number(text.substr(at, length), 9999); };
    const auto y = field(0, 4);
    const auto mo = field(5, 2);
    const auto d = field(8, 2);
    const auto h = field(11, 2);
    const auto mi = field(14, 2);
    const auto s = field(17, 2);
    if (!y || !mo || !d || !h || !mi || !s || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
    if (*y < first_year || *y > last_year) return std::nullopt;
    const year_month_day date{year(static_cast<int>(*y)), month(static_cast<unsigned>(*mo)),
                              day(static_cast<unsigned>(*d))};
    if (!date.ok()) return std::nullopt;
    return WallTime(sys_days(date)) + hours(*h) + minutes(*mi) + seconds(*s);
}

std::string rfc3339(WallTime time) {
    const auto c = civil(time);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

}  // namespace nexthopd::base
