#include "config/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace nexthopd::config {

namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<Unit, 5> duration_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 4> size_units{
    {{"", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}};

/// Every whole number up to it is a double; as milliseconds it is 285 000 years, as bytes 8 PiB.
constexpr double max_exact = 9007199254740992.0;

struct Number {
    double value = 0;
    std::string_view unit;
};

/// The number at the start, and what follows it. No sign, no exponent, a digit on both sides of the point.
std::optional<Number> leading_number(std::string_view text) {
    const auto end = text.find_first_not_of("0123456789.");
    const auto digits = text.substr(0, end);
    if (digits.empty() || !base::is_digit(digits.front()) || !base::is_digit(digits.back()))
        return std::nullopt;
    Number out;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.value, std::chars_format::fixed);
    if (error != std::errc{} || stop != digits.data() + digits.size()) return std::nullopt;
    out.unit = text.substr(digits.size());
    return out;
}

template <std::size_t N>
std::optional<std::uint64_t> in_units(const Number& number, const std::array<Unit, N>& units) {
    for (const auto& [name, factor] : units) {
        if (number.unit != name) continue;
        const double product = number.value * static_cast<double>(factor);
        if (product > max_exact) return std::nullopt;
        return static_cast<std::uint64_t>(std::llround(product));
    }
    return std::nullopt;
}

template <std::size_t N>
std::string in_greatest_unit(std::uint64_t value, const std::array<Unit, N>& units) {
    auto best = units.front();
    for (const auto& unit : units)
        if (value != 0 && value % unit.second == 0) best = unit;
    return fmt::format("{}{}", value / best.second, best.first);
}

}  // namespace

base::Result<Milliseconds> parse_duration(std::string_view text) {
    const auto number = leading_number(text);
    if (number && number->unit.empty())
        return base::fail("a duration needs a unit, write \"250ms\" or \"10s\"");
    if (const auto value = number ? in_units(*number, duration_units) : std::nullopt)
        return Milliseconds(static_cast<Milliseconds::rep>(*value));
    return base::fail("write a duration as a number and ms, s, m, h or d, as in \"250ms\" or \"10m\"");
}

base::Result<std::uint64_t> parse_size(std::string_view text) {
    const auto number = leading_number(text);
    if (const auto value = number ? in_units(*number, size_units) : std::nullopt) return *value;
    return base::fail("write a size as a number and KiB, MiB or GiB, as in \"64MiB\", or in bytes");
}

base::Result<Rate> parse_rate(std::string_view text) {
    const auto slash = text.find('/');
    const auto count = base::parse_number(text.substr(0, slash), UINT32_MAX);
    const auto unit = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
    const int seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
    if (!count || seconds == 0)
        return base::fail("write a rate as a whole number and /s, /m or /h, as in \"100/s\"");
    return Rate{static_cast<std::uint32_t>(*count), std::chrono::seconds(seconds)};
}

std::string to_text(Milliseconds duration) {
    return in_greatest_unit(static_cast<std::uint64_t>(duration.count()), duration_units);
}

std::string size_text(std::uint64_t bytes) {
    return in_greatest_unit(bytes, size_units);
}

}  // namespace nexthopd::config
