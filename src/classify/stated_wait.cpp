#include "classify/stated_wait.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"
#include "classify/compiled.hpp"

namespace nexthopd::classify {

namespace {

using std::chrono::seconds;

struct Unit {
    std::string_view name;
    seconds length;
};
constexpr std::array<Unit, 5> units{{{"seconds", seconds(1)},
                                     {"minutes", seconds(60)},
                                     {"hours", seconds(3'600)},
                                     {"days", seconds(86'400)},
                                     {"clock", seconds(0)}}};
constexpr std::uint64_t max_number = 1'000'000'000;  // times a day it does not overflow

/// nullptr: no such unit.
const Unit* unit_of(std::string_view name) {
    for (const auto& unit : units)
        if (unit.name == name) return &unit;
    return nullptr;
}

/// "4:51" is minutes and seconds, "1:04:51" has hours before them.
std::optional<std::uint64_t> clock_seconds(std::string_view text) {
    const auto parts = base::split(text, ':');
    if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
    std::uint64_t sum = 0;
    for (const auto part : parts) {
        const auto number = base::parse_number(part, max_number);
        if (!number) return std::nullopt;
        sum = std::min(sum * 60 + *number, max_number);
    }
    return sum;
}

}  // namespace

base::Result<StatedWait> StatedWait::compile(const std::string& pattern) {
    auto compiled = compile_pattern(pattern);
    if (!compiled) return tl::unexpected(compiled.error());
    const auto& groups = (*compiled)->NamedCapturingGroups();
    if (groups.empty())
        return base::fail(
            "nothing in it says which number is meant: write a group as (?P<seconds>\\d+), or minutes, "
            "hours, "
            "days, clock");
    for (const auto& [name, index] : groups) {
        if (unit_of(name) == nullptr)
            return base::fail("a group can be seconds, minutes, hours, days or clock, not \"{}\"",
                              base::printable(name));
    }
    StatedWait out;
    out.pattern_ = *std::move(compiled);
    return out;
}

std::optional<seconds> StatedWait::in(std::string_view text) const {
    const re2::StringPiece whole(text.data(), text.size());
    std::vector<re2::StringPiece> found(static_cast<std::size_t>(pattern_->NumberOfCapturingGroups()) + 1);
    if (!pattern_->Match(whole, 0, whole.size(), re2::RE2::UNANCHORED, found.data(),
                         static_cast<int>(found.size())))
        return std::nullopt;
    std::uint64_t sum = 0;
    bool any = false;
    for (const auto& [name, index] : pattern_->NamedCapturingGroups()) {
        const auto& group = found[static_cast<std::size_t>(index)];
        const std::string_view digits(group.data(), group.size());
        const auto* const unit = unit_of(name);
        if (digits.empty() || unit == nullptr) continue;
        const auto number =
            unit->name == "clock" ? clock_seconds(digits) : base::parse_number(digits, max_number);
        if (!number) continue;
        const auto length = static_cast<std::uint64_t>(std::max<std::int64_t>(unit->length.count(), 1));
        sum = std::min(sum + *number * length, max_number);
        any = true;
    }
    if (!any) return std::nullopt;
    return std::clamp(seconds(sum), least, most);
}

}  // namespace nexthopd::classify
