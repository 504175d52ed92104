// TOML value -> a member of Settings. Each function leaves its target alone and adds a fault, which says
// what to write instead, where the value is of the wrong type or out of range.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "config/units.hpp"
#include "config/value.hpp"

namespace nexthopd::config {

/// What is wrong with a value, or with an element of it.
struct Unfit {
    Place place;
    std::string spelling;  // of the value or element
    std::string text;
};
using Unfits = std::vector<Unfit>;

void unfit(Unfits& faults, const Value& value, std::string text);

/// Bounds, both permitted, and the reason that is told to whoever is outside.
template <class T>
struct Range {
    T least;
    T most;
    std::string_view reason;
};

void to_switch(const Value& value, bool& target, Unfits& faults);
void to_duration(const Value& value, Milliseconds& target, Unfits& faults, const Range<Milliseconds>& range);
void to_size(const Value& value, std::uint64_t& target, Unfits& faults, const Range<std::uint64_t>& range);
void to_number(const Value& value, std::int64_t& target, Unfits& faults, const Range<std::int64_t>& range);

/// A text as `parse`, a base::Result<T>(std::string_view), understands it. `example`: a value, as TOML.
template <class T, class Parse>
void to_text_value(const Value& value, T& target, Unfits& faults, std::string_view example, Parse parse) {
    const auto* text = std::get_if<std::string>(&value.content);
    if (!text) return unfit(faults, value, fmt::format("write a text in double quotes, as in {}", example));
    if (auto parsed = parse(std::string_view(*text)))
        target = *std::move(parsed);
    else
        unfit(faults, value, std::move(parsed.error().text));
}

/// A list of such texts; every element that does not fit is a fault of its own.
template <class T, class Parse>
void to_list(const Value& value, std::vector<T>& target, Unfits& faults, std::string_view example,
             Parse parse) {
    const auto* elements = std::get_if<Value::Array>(&value.content);
    if (!elements) return unfit(faults, value, fmt::format("write a list in brackets, as in [{}]", example));
    std::vector<T> list;
    const auto before = faults.size();
    for (const auto& element : *elements) {
        T item{};
        to_text_value(element, item, faults, example, parse);
        list.push_back(std::move(item));
    }
    if (faults.size() == before) target = std::move(list);
}

/// One of a few words.
template <class E>
void to_choice(const Value& value, E& target, Unfits& faults,
               std::initializer_list<std::pair<std::string_view, E>> choices) {
    const auto* text = std::get_if<std::string>(&value.content);
    std::string words;
    for (const auto& [word, meaning] : choices) {
        if (text && *text == word) {
            target = meaning;
            return;
        }
        words += fmt::format("{}\"{}\"", words.empty() ? "" : " or ", word);
    }
    unfit(faults, value, "write " + words);
}

}  // namespace nexthopd::config
