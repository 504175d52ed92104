#include "sql/time.hpp"

#include <fmt/format.h>

#include <array>
#include <bitset>

#include "base/text.hpp"

namespace nexthopd::sql {

namespace {

using namespace std::chrono_literals;

struct Unit {
    Microseconds length;
    std::array<std::string_view, 5> names;
};

constexpr Unit units[] = {
    {1s, {"second", "seconds", "sec", "secs", "s"}},
    {1min, {"minute", "minutes", "min", "mins", "m"}},
    {1h, {"hour", "hours", "hr", "hrs", "h"}},
    {24h, {"day", "days", "d"}},
    {7 * 24h, {"week", "weeks", "w"}},
};

const Unit* find_unit(std::string_view name) {
    for (const auto& unit : units)
        for (const auto known : unit.names)
            if (!name.empty() && known == name) return &unit;
    return nullptr;
}

/// Cuts leading characters off that satisfy `test`.
template <class Test>
std::string_view take(std::string_view& text, Test test) {
    std::size_t n = 0;
    while (n < text.size() && test(text[n]))
        ++n;
    const auto taken = text.substr(0, n);
    text.remove_prefix(n);
    return taken;
}

constexpr bool is_letter(char c) {
    return base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'z';
}

/// Up to six digits behind the decimal point as millionths: with more, PostgreSQL rounds.
std::optional<std::int64_t> millionths(std::string_view digits) {
    if (digits.empty() || digits.size() > 6) return std::nullopt;
    return static_cast<std::int64_t>(
        *base::parse_number(std::string(digits) + std::string(6 - digits.size(), '0')));
}

/// `15`, `-1.5`; in millionths. At most nine digits before the point, so that nothing overflows.
std::optional<std::int64_t> take_quantity(std::string_view& text) {
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
        take(text, base::is_white);
    }
    const auto whole = take(text, base::is_digit);
    if (whole.empty() || whole.size() > 9) return std::nullopt;
    auto value = static_cast<std::int64_t>(*base::parse_number(whole)) * 1'000'000;
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        const auto fraction = millionths(take(text, base::is_digit));
        if (!fraction) return std::nullopt;
        value += *fraction;
    }
    return negative ? -value : value;
}

/// millionths * length, exact because every length is a whole number of seconds.
std::optional<Microseconds> times(std::int64_t quantity, Microseconds length) {
    const auto seconds = length / 1s;
    if (quantity > max_interval.count() / seconds || quantity < -max_interval.count() / seconds)
        return std::nullopt;
    return Microseconds(quantity * seconds);
}

}  // namespace

std::optional<Microseconds> parse_interval(std::string_view text) {
    Microseconds total{0};
    std::bitset<std::size(units)> seen;
    take(text, base::is_white);
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const auto quantity = take_quantity(text);
        if (!quantity) return std::nullopt;
        take(text, base::is_white);
        const auto name = base::lower(take(text, is_letter));
        const auto* unit = find_unit(name);
        if (!unit || seen[static_cast<std::size_t>(unit - units)]) return std::nullopt;
        seen.set(static_cast<std::size_t>(unit - units));
        const auto part = times(*quantity, unit->length);
        if (!part) return std::nullopt;
        total += *part;
        if (take(text, base::is_white).empty() && !text.empty() && text[0] != '-' && text[0] != '+')
            return std::nullopt;
    }
    if (total > max_interval || total < -max_interval) return std::nullopt;
    return total;
}

std::optional<Microseconds> parse_interval_of(std::string_view text, Microseconds unit) {
    text = base::trim(text);
    const auto quantity = take_quantity(text);
    if (!quantity || *quantity % 1'000'000 != 0 || !text.empty()) return std::nullopt;
    return times(*quantity, unit);
}

std::optional<base::WallTime> parse_timestamp(std::string_view text) {
    text = base::trim(text);
    if (text.size() > 10 && text.back() == 'Z') text.remove_suffix(1);
    std::string whole(text.substr(0, 19));
    const auto fraction = text.substr(whole.size());
    if (whole.size() > 10 && whole[10] == 'T') whole[10] = ' ';
    if (whole.size() == 10) whole += " 00:00:00";
    if (whole.size() == 16) whole += ":00";
    // The clock's type counts nanoseconds: it holds the years 1678 to 2262.
    if (whole < "1700" || whole >= "2200") return std::nullopt;
    const auto time = base::parse_ledger_time(whole);
    if (!time) return std::nullopt;
    if (fraction.empty()) return time;
    const auto rest = fraction[0] == '.' ? millionths(fraction.substr(1)) : std::nullopt;
    if (!rest) return std::nullopt;
    return *time + Microseconds(*rest);
}

std::string boundary_text(base::WallTime time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const auto fraction = std::chrono::floor<Microseconds>(time - whole).count();
    auto text = base::ledger_time(time);
    if (fraction == 0) return text;
    text += fmt::format(".{:06}", fraction);
    text.erase(text.find_last_not_of('0') + 1);
    return text;
}

}  // namespace nexthopd::sql
