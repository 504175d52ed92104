#include "rules/limit.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "config/units.hpp"

namespace nexthopd::rules {

namespace {

constexpr std::uint64_t max_count = 1'000'000;
constexpr std::chrono::hours longest_period{24};

}  // namespace

base::Result<Limit> parse_limit(std::string_view text) {
    const auto wrong = base::fail(
        "write so many in a time, as in \"100/10m\" or \"100/10m,max_burst=5\" (at most {} in 24h)",
        max_count);
    constexpr std::string_view burst_key = ",max_burst=";
    Limit limit;
    auto rate = text;
    if (const auto at = text.find(burst_key); at != std::string_view::npos) {
        rate = text.substr(0, at);
        const auto burst = base::parse_number(text.substr(at + burst_key.size()), max_count);
        if (!burst || *burst == 0) return wrong;
        limit.burst = static_cast<std::uint32_t>(*burst);
    }
    const auto slash = rate.find('/');
    if (slash == std::string_view::npos) return wrong;
    const auto count = base::parse_number(rate.substr(0, slash), max_count);
    auto unit = std::string(rate.substr(slash + 1));
    if (!unit.empty() && !base::is_digit(unit.front())) unit = "1" + unit;
    const auto period = config::parse_duration(unit);
    if (!count || *count == 0 || !period || period->count() == 0 || *period > longest_period) return wrong;
    limit.count = static_cast<std::uint32_t>(*count);
    limit.period = *period;
    return limit;
}

std::string to_text(const Limit& limit) {
    return fmt::format("{}/{}{}", limit.count, config::to_text(limit.period),
                       limit.burst > 1 ? fmt::format(",max_burst={}", limit.burst) : "");
}

}  // namespace nexthopd::rules
