#include "script/store.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace nexthopd::script {

namespace {

template <class Number>
std::optional<Number> take_number(std::string_view& text) {
    Number out{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return out;
}

constexpr std::int64_t most_events = 1'000'000;

}  // namespace

std::optional<base::Duration> parse_length(std::string_view text) {
    const auto number = take_number<double>(text);
    if (!number || !(*number > 0)) return std::nullopt;
    double unit = 0;
    if (text.empty() || text == "s")
        unit = 1;
    else if (text == "ms")
        unit = 0.001;
    else if (text == "m")
        unit = 60;
    else if (text == "h")
        unit = 3'600;
    else if (text == "d")
        unit = 86'400;
    constexpr double longest = 366.0 * 86'400;
    const double seconds = *number * unit;
    if (unit == 0 || !(seconds <= longest)) return std::nullopt;
    const base::Duration out(std::llround(seconds * 1e9));
    return out.count() > 0 ? std::optional(out) : std::nullopt;
}

std::optional<Rate> parse_rate(std::string_view text) {
    const auto count = take_number<std::int64_t>(text);
    if (!count || *count < 1 || *count > most_events || text.empty() || text.front() != '/')
        return std::nullopt;
    const auto comma = std::min(text.find(','), text.size());
    const auto period = parse_length(text.substr(1, comma - 1));
    if (!period) return std::nullopt;
    Rate out{*period / *count, *count};
    text.remove_prefix(comma);
    if (text.empty()) return out;
    constexpr std::string_view burst = ",max_burst=";
    if (text.substr(0, burst.size()) != burst) return std::nullopt;
    text.remove_prefix(burst.size());
    const auto most = take_number<std::int64_t>(text);
    if (!most || *most < 1 || *most > most_events || !text.empty()) return std::nullopt;
    out.burst = *most;
    return out;
}

Throttled Store::throttle(std::string_view name, const Rate& rate, base::Instant now, bool count) {
    const auto* const known = arrivals.find(name, now);
    const auto due = known == nullptr ? now : std::max(*known, now);
    const auto tolerance = rate.interval * (rate.burst - 1);
    Throttled out;
    if (due - now > tolerance) {
        out.throttled = true;
        out.retry_after = due - now - tolerance;
        return out;
    }
    const auto next = due + rate.interval;
    if (count) arrivals.set(name, next, next);
    if (rate.interval.count() > 0 && next - now <= tolerance)
        out.remaining = (tolerance - (next - now)) / rate.interval + 1;
    return out;
}

}  // namespace nexthopd::script
