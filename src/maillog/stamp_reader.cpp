#include "maillog/stamp_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"

namespace nexthopd::maillog {

namespace {

constexpr std::int64_t hour_seconds = 3600;
constexpr std::int64_t day_seconds = 24 * hour_seconds;

/// Two digits at `text`, the first of which may be a blank; -1 for anything else.
int two_digits(const char* text) {
    if (!base::is_digit(text[1]) || !(base::is_digit(text[0]) || text[0] == ' ')) return -1;
    return (text[0] == ' ' ? 0 : (text[0] - '0') * 10) + (text[1] - '0');
}

/// Seconds since midnight of "16:44:23"; -1 when it is none. 23:59:60 is a leap second.
std::int64_t time_of_day(const char* text) {
    const int hour = two_digits(text);
    const int minute = two_digits(text + 3);
    const int second = two_digits(text + 6);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
    if (text[2] != ':' || text[5] != ':') return -1;
    return hour * hour_seconds + minute * 60 + second;
}

/// 1..12, or 0. RFC 3164 §4.1.2: English abbreviations, whatever the locale.
unsigned month_number(std::string_view text) {
    constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(names.begin(), names.end(), text);
    return found == names.end() ? 0 : static_cast<unsigned>(found - names.begin()) + 1;
}

std::optional<std::int64_t> midnight(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count() * day_seconds;
}

/// Cuts ".071805" off the front, if it is there.
base::WallTime::duration take_fraction(std::string_view& text) {
    std::int64_t nanoseconds = 0;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        std::int64_t unit = 100'000'000;
        for (; !text.empty() && base::is_digit(text.front()); text.remove_prefix(1), unit /= 10)
            nanoseconds += unit * (text.front() - '0');
    }
    return std::chrono::duration_cast<base::WallTime::duration>(std::chrono::nanoseconds(nanoseconds));
}

/// Seconds east of UTC: "+01:00"; journalctl -o short-iso and Exim write "+0100".
std::optional<std::int64_t> zone_offset(std::string_view text) {
    if (text.size() < 5 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const int hours = two_digits(text.data() + 1);
    const int minutes = two_digits(text.data() + text.size() - 2);
    if (hours < 0 || minutes < 0 || (text.size() == 6 ? text[3] != ':' : text.size() != 5))
        return std::nullopt;
    return (hours * 60 + minutes) * (text.front() == '-' ? -60 : 60);
}

}  // namespace

Zone fixed_zone(std::chrono::seconds east_of_utc) {
    return [east_of_utc](std::chrono::seconds) { return ZoneOffsets{east_of_utc, east_of_utc}; };
}

std::optional<base::WallTime> StampReader::read(std::string_view stamp, base::WallTime now) {
    if (stamp.size() == 15) return traditional(stamp, now);
    if (stamp.size() > 10 && stamp[10] == ' ') return exim(stamp, now);
    return rfc3339(stamp);
}

std::optional<base::WallTime> StampReader::traditional(std::string_view stamp, base::WallTime now) {
    const auto seconds = time_of_day(stamp.data() + 7);
    if (seconds < 0) return std::nullopt;
    const auto day = stamp.substr(0, 6);
    // A follower may live for years: the year of a day is worked out anew when the clock has moved on.
    const auto age = now - day_read_;
    if (day != std::string_view(day_, day_length_) || age > std::chrono::hours(1) ||
        age < -std::chrono::hours(1)) {
        const auto start = local_midnight(day, now);
        if (!start) return std::nullopt;
        day_start_ = *start;
        day_length_ = day.copy(day_, sizeof day_);
        day_read_ = now;
    }
    const auto utc = to_utc(day_start_ + seconds, now);
    last_ = utc;
    return base::from_unix_seconds(utc);
}

std::optional<std::int64_t> StampReader::local_midnight(std::string_view day, base::WallTime now) {
    const auto month = month_number(day.substr(0, 3));
    const int number = two_digits(day.data() + 4);
    if (month == 0 || number < 1 || day[3] != ' ') return std::nullopt;
    const auto clock = base::unix_seconds(now);
    const auto today = std::chrono::floor<std::chrono::days>(now);
    const int year = static_cast<int>(std::chrono::year_month_day(today).year());
    std::optional<std::int64_t> best;
    // Eight years back, because 29 February 2096 is followed by 29 February 2104.
    for (int candidate = year + 1; candidate >= year - 8; --candidate) {
        const auto start = midnight(candidate, month, static_cast<unsigned>(number));
        // A day ahead is allowed: the zone may be wrong, and the line may be the first of a new year.
        if (!start || *start > clock + day_seconds) continue;
        if (!best) {
            best = start;
            if (*best <= clock || !last_) break;
            continue;
        }
        // Tomorrow's date, or last year's: the line before knows.
        if (std::abs(*best - *last_) > 2 * day_seconds && std::abs(*start - *last_) <= 2 * day_seconds)
            best = start;
        break;
    }
    return best;
}

std::int64_t StampReader::to_utc(std::int64_t local, base::WallTime now) {
    constexpr std::int64_t quarter = 900;  // zones change at whole quarters of an hour
    if (quarter_ != local / quarter) {
        quarter_ = local / quarter;
        offsets_ = zone_(std::chrono::seconds(local));
    }
    const auto first = local - offsets_.first.count();
    const auto second = local - offsets_.second.count();
    if (first == second) return first;
    // The repeated hour: the second pass has begun when the log would otherwise step back. Processes
    // write slightly out of order, hence the slack. Without a line before, the one nearer to the clock.
    constexpr std::int64_t slack = 600;
    constexpr std::int64_t fresh = 60;  // a line that is read as it is written
    const auto clock = base::unix_seconds(now);
    if (second > clock + fresh) return first;
    if (second >= clock - fresh) return second;
    if (last_) return first < *last_ - slack ? second : first;
    return second;
}

/// Seconds since 1970 of "2026-11-22?16:51:23", as its zone's clock shows them.
std::optional<std::int64_t> StampReader::dated_second(std::string_view stamp) {
    const auto day = stamp.substr(0, 10);
    if (day != std::string_view(day_, day_length_)) {
        const auto year = base::parse_number(day.substr(0, 4));
        const auto month = base::parse_number(day.substr(5, 2));
        const auto number = base::parse_number(day.substr(8, 2));
        // system_clock counts nanoseconds and ends in 2262.
        if (!year || *year < 1970 || *year > 2200 || !month || !number || day[4] != '-' || day[7] != '-')
            return std::nullopt;
        const auto start =
            midnight(static_cast<int>(*year), static_cast<unsigned>(*month), static_cast<unsigned>(*number));
        if (!start) return std::nullopt;
        day_start_ = *start;
        day_length_ = day.copy(day_, sizeof day_);
    }
    const auto seconds = time_of_day(stamp.data() + 11);
    if (seconds < 0) return std::nullopt;
    return day_start_ + seconds;
}

std::optional<base::WallTime> StampReader::exim(std::string_view stamp, base::WallTime now) {
    constexpr std::size_t shortest = 19;
    if (stamp.size() < shortest) return std::nullopt;
    const auto second = dated_second(stamp);
    if (!second) return std::nullopt;
    stamp.remove_prefix(shortest);
    const auto fraction = take_fraction(stamp);
    if (stamp.empty()) {
        const auto utc = to_utc(*second, now);
        last_ = utc;
        return base::from_unix_seconds(utc) + fraction;
    }
    if (stamp.front() != ' ') return std::nullopt;
    const auto east = zone_offset(stamp.substr(1));
    if (!east) return std::nullopt;
    return base::from_unix_seconds(*second - *east) + fraction;
}

std::optional<base::WallTime> StampReader::rfc3339(std::string_view stamp) {
    constexpr std::size_t shortest = 20;  // "2026-11-22T16:56:11Z"
    if (stamp.size() < shortest || stamp[10] != 'T') return std::nullopt;
    const auto second = dated_second(stamp);
    if (!second) return std::nullopt;
    stamp.remove_prefix(19);
    const auto fraction = take_fraction(stamp);
    const auto east = stamp == "Z" ? std::optional<std::int64_t>(0) : zone_offset(stamp);
    if (!east) return std::nullopt;
    return base::from_unix_seconds(*second - *east) + fraction;
}

}  // namespace nexthopd::maillog
