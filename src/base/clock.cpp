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

void two_digits(char* at, unsigned value) {
    at[0] = static_cast<char>('0' + value / 10);
    at[1] = static_cast<char>('0' + value % 10);
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
    const auto year = static_cast<unsigned>(c.year);
    // Each row of the ledger has one: written by hand, in a tenth of the time that a format takes.
    std::string text = "0000-00-00 00:00:00";
    two_digits(&text[0], year / 100);
    two_digits(&text[2], year % 100);
    two_digits(&text[5], c.month);
    two_digits(&text[8], c.day);
    two_digits(&text[11], c.hour);
    two_digits(&text[14], c.minute);
    two_digits(&text[17], c.second);
    return text;
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
