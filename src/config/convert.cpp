#include "config/convert.hpp"

#include <string>

namespace nexthopd::config {

namespace {

template <class T, class Show>
void store_in_range(const Value& value, T found, T& target, Unfits& faults, const Range<T>& range,
                    Show show) {
    if (found >= range.least && found <= range.most)
        target = found;
    else
        unfit(faults, value,
              fmt::format("must be from {} to {}: {}", show(range.least), show(range.most), range.reason));
}

}  // namespace

void unfit(Unfits& faults, const Value& value, std::string text) {
    faults.push_back({value.place, spelling(value), std::move(text)});
}

void to_switch(const Value& value, bool& target, Unfits& faults) {
    if (const auto* found = std::get_if<bool>(&value.content))
        target = *found;
    else
        unfit(faults, value, "write true or false, without quotes");
}

void to_duration(const Value& value, Milliseconds& target, Unfits& faults, const Range<Milliseconds>& range) {
    const auto* text = std::get_if<std::string>(&value.content);
    const auto* number = std::get_if<std::int64_t>(&value.content);
    // A bare number gets the answer of the same number in quotes: it lacks the unit.
    const auto parsed = parse_duration(text ? *text : number ? std::to_string(*number) : "");
    if (!parsed) return unfit(faults, value, parsed.error().text);
    store_in_range(value, *parsed, target, faults, range, [](Milliseconds d) { return to_text(d); });
}

void to_size(const Value& value, std::uint64_t& target, Unfits& faults, const Range<std::uint64_t>& range) {
    const auto* text = std::get_if<std::string>(&value.content);
    const auto* number = std::get_if<std::int64_t>(&value.content);
    const auto parsed = parse_size(text ? *text : number ? std::to_string(*number) : "");
    if (!parsed) return unfit(faults, value, parsed.error().text);
    store_in_range(value, *parsed, target, faults, range, size_text);
}

void to_number(const Value& value, std::int64_t& target, Unfits& faults, const Range<std::int64_t>& range) {
    const auto* number = std::get_if<std::int64_t>(&value.content);
    if (!number) return unfit(faults, value, "write a whole number, without quotes");
    store_in_range(value, *number, target, faults, range, [](std::int64_t n) { return std::to_string(n); });
}

}  // namespace nexthopd::config
