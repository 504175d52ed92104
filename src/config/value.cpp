#include "config/value.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace nexthopd::config {

namespace {

constexpr std::size_t max_shown = 80;  // bytes of a text: more hides the message that follows it

struct Spell {
    std::string operator()(Value::Time) const { return "(a date or a time)"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
    std::string operator()(double value) const { return fmt::format("{}", value); }
    std::string operator()(const std::string& value) const {
        return '"' + base::printable(value, max_shown) + '"';
    }
    std::string operator()(const Value::Array& value) const { return value.empty() ? "[]" : "[...]"; }
    std::string operator()(const Value::Table&) const { return "{...}"; }
};

}  // namespace

std::string spelling(const Value& value) {
    return std::visit(Spell{}, value.content);
}

}  // namespace nexthopd::config
