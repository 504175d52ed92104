#include "sql/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace nexthopd::sql {

namespace {

// Longer texts and larger numbers are bound: the statement's text is the key of the caller's cache.
constexpr std::size_t max_inline_text = 16;
constexpr std::int64_t max_inline_number = 9999;

std::optional<std::int64_t> parse_integer(std::string_view text) {
    text = base::trim(text);
    if (text.size() > 1 && text[0] == '+' && base::is_digit(text[1])) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string shown(std::string_view text) {
    return "'" + base::printable(text, 60) + "'";
}

}  // namespace

const char* to_text(Type type) {
    switch (type) {
        case Type::unknown:
        case Type::text:
            return "text";
        case Type::integer:
            return "integer";
        case Type::numeric:
        case Type::real:
            return "number";
        case Type::boolean:
            return "boolean";
        case Type::timestamp:
            return "timestamp";
        case Type::interval:
            return "interval";
    }
    return "";
}

const std::vector<Column>& attempt_columns() {
    static const std::vector<Column> columns = {
        {"starttime", Type::timestamp, false},
        {"instance", Type::text, false},
        {"queue_id", Type::text, false},
        {"session", Type::integer, false},
        {"connection", Type::text, false},
        {"sender", Type::text, false},
        {"recipient", Type::text, false},
        {"domain", Type::text, false},
        {"server", Type::text, false},
        {"address", Type::text, false},
        {"port", Type::integer, false},
        {"result", Type::text, false},
        {"code", Type::integer, false},
        {"dsn", Type::text, false},
        {"status", Type::text, true},
        {"stage", Type::text, true},
        {"reason", Type::text, false},
        {"delay", Type::real, false},
        {"size", Type::integer, false},
        {"retries", Type::integer, false},
        {"tls", Type::boolean, false},
        {"mta", Type::text, false},
        {"mode", Type::text, true},
        {"counted", Type::boolean, false},
    };
    return columns;
}

const Column* find_column(std::string_view name) {
    for (const auto& column : attempt_columns())
        if (column.name == name) return &column;
    return nullptr;
}

void absorb(Value& whole, const Value& part) {
    if (!whole.aggregate) whole.aggregate = part.aggregate;
    if (!whole.column) whole.column = part.column;
}

std::optional<std::size_t> Collected::find_literal(std::size_t position, std::string_view text) const {
    const auto& all = lexed_.literals;
    const auto found =
        std::lower_bound(all.begin(), all.end(), position,
                         [](const Literal& l, std::size_t wanted) { return l.position < wanted; });
    // Texts differ where PostgreSQL joins 'a' and 'b' on consecutive lines.
    if (found == all.end() || found->position != position || found->text != text) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
}

std::string Collected::bind(Parameter parameter) {
    // An expression that is written twice, in SELECT and GROUP BY, has to be the same text twice.
    auto found = std::find(parameters_.begin(), parameters_.end(), parameter);
    if (found == parameters_.end()) found = parameters_.insert(found, std::move(parameter));
    return fmt::format("?{}", found - parameters_.begin() + 1);
}

void Collected::settle(Value& value, Type wanted, bool few_values) {
    if (!value.sql.empty()) return;
    if (value.type != Type::unknown) wanted = value.type;
    if (value.integer) {
        value.sql = integer_sql(*value.integer, *this);
    } else if (value.type == Type::timestamp) {
        value.sql = bind(*value.span);
    } else if (value.type == Type::interval) {
        refuse(value.position, "an interval can only be added to or taken from now()");
    } else if (value.literal) {
        settle_literal(value, wanted, few_values);
    } else {
        value.sql = "NULL";
        value.type = wanted;
    }
}

void Collected::settle_literal(Value& value, Type wanted, bool few_values) {
    const auto& text = literal(value);
    value.type = wanted;
    switch (wanted) {
        case Type::integer:
            if (const auto number = parse_integer(text))
                value.sql = integer_sql(*number, *this);
            else
                refuse(value.position, fmt::format("{} is not an integer: write a number here", shown(text)));
            return;
        case Type::numeric:
        case Type::real:
            if (const auto number = decimal_sql(base::trim(text)))
                value.sql = *number;
            else
                refuse(value.position, fmt::format("{} is not a number of up to 15 digits", shown(text)));
            return;
        case Type::boolean:
            if (text == "t" || text == "true" || text == "f" || text == "false")
                value.sql = text[0] == 't' ? "1" : "0";
            else
                refuse(value.position, fmt::format("{} is not a boolean: write true or false", shown(text)));
            return;
        case Type::timestamp:
            if (const auto time = parse_timestamp(text))
                value.sql = bind(boundary_text(*time));
            else
                refuse(value.position,
                       fmt::format("{} is not a time: write '2026-11-22 17:30:00' (UTC), or now() - interval "
                                   "'15 minutes'",
                                   shown(text)));
            return;
        case Type::unknown:
        case Type::text:
        case Type::interval:
            value.type = Type::text;
            // Whether a literal is bound by its index must not depend on its text: see Statement::read.
            if (!few_values)
                value.sql = bind(LiteralIndex{*value.literal});
            else
                value.sql = text.size() <= max_inline_text ? sqlite_text(text) : bind(text);
            return;
    }
}

void Collected::settle_together(const std::vector<Value*>& values, bool few_values) {
    const Value* typed = nullptr;
    for (const auto* value : values) {
        few_values = few_values || value->few_values;
        if (value->type == Type::unknown) continue;
        // A real or numeric among integers decides how a literal is read.
        if (!typed || (typed->type == Type::integer && is_number(value->type))) typed = value;
    }
    const auto type = typed ? typed->type : Type::text;
    for (auto* value : values) {
        if (value->type == Type::unknown || value->type == type ||
            (is_number(value->type) && is_number(type))) {
            settle(*value, type, few_values);
            continue;
        }
        auto hint = std::string("give both sides the same type");
        const bool text_first = type == Type::text;
        if ((text_first && is_number(value->type)) || (is_number(type) && value->type == Type::text))
            hint = "write the number in quotes where it is compared with text";
        refuse(value->position,
               fmt::format("{} is compared with {}: {}", to_text(type), to_text(value->type), hint));
    }
}

std::string sqlite_text(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

std::string integer_sql(std::int64_t number, Collected& collected) {
    auto text = std::to_string(number);
    if (number >= -max_inline_number && number <= max_inline_number) return text;
    return "CAST(" + collected.bind(std::move(text)) + " AS INTEGER)";
}

std::optional<std::string> decimal_sql(std::string_view text) {
    const auto digits = text.substr(!text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0);
    const auto point = digits.find('.');
    const auto count = digits.size() - (point == digits.npos ? 0 : 1);
    if (count == 0 || count > 15) return std::nullopt;
    for (std::size_t i = 0; i < digits.size(); ++i)
        if (i != point && !base::is_digit(digits[i])) return std::nullopt;
    return std::string(text);
}

}  // namespace nexthopd::sql
