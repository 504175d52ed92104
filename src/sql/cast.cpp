#include "sql/cast.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace nexthopd::sql {

namespace {

using namespace std::chrono_literals;

/// The field of INTERVAL '15' MINUTE as PostgreSQL's parser numbers it.
std::optional<Microseconds> interval_field(Node typmods) {
    if (typmods.size() != 1) return std::nullopt;
    switch (typmods.at(0).as("A_Const")["ival"]["ival"].number()) {
        case 1 << 3:
            return 24h;
        case 1 << 10:
            return 1h;
        case 1 << 11:
            return 1min;
        case 1 << 12:
            return 1s;
        default:
            return std::nullopt;
    }
}

Value interval_value(const Value& from, std::optional<Microseconds> span, Collected& collected) {
    Value result;
    result.position = from.position;
    result.type = Type::interval;
    result.span = span;
    if (!span)
        collected.refuse(from.position,
                         "this interval is not supported: write it as '15 minutes', '1 hour' or '-1 day "
                         "2.5 hours', up to 100 years, without months and years");
    return result;
}

void cast_to_text(Value& value, Collected& collected) {
    if (value.type == Type::unknown || value.type == Type::text) {
        value.type = Type::text;
        if (!value.literal && value.sql.empty()) value.sql = "NULL";
    } else if (value.integer) {
        value.sql = sqlite_text(std::to_string(*value.integer));
        value.integer = std::nullopt;
    } else if (value.type == Type::integer) {
        value.sql = fmt::format("CAST({} AS TEXT)", value.sql);
    } else if (value.type != Type::timestamp || value.span) {
        collected.refuse(value.position, "the text of this value differs in PostgreSQL: leave the cast out");
    }
    value.type = Type::text;
}

void cast_to_integer(Value& value, Collected& collected) {
    if (value.type == Type::unknown) return collected.settle(value, Type::integer);
    if (value.type == Type::text)
        collected.refuse(value.position,
                         "text is not cast to a number here: compare it as text, or use the column code");
    else if (value.type != Type::integer)
        collected.refuse(value.position, "PostgreSQL rounds this, SQLite cuts it off: leave the cast out");
}

}  // namespace

Value cast_value(Value from, Node type_name, std::size_t position, Collected& collected) {
    const auto name = plain_name(type_name["names"]);
    const auto typmods = type_name["typmods"];
    from.position = from.literal ? from.position : position;
    const bool exact = type_name.unknown_field({"names", "typmods", "typemod", "location"}).empty();
    if (name == "interval" && exact) {
        if (from.type != Type::unknown || !from.literal)
            collected.refuse(position, "an interval is written here as interval '15 minutes'");
        else if (!typmods)
            return interval_literal(from, collected);
        else if (const auto field = interval_field(typmods))
            return interval_value(from, parse_interval_of(collected.literal(from), *field), collected);
        else
            collected.refuse(position, "this form of interval is not supported: write interval '15 minutes'");
    } else if (typmods) {
        collected.refuse(position,
                         "a type with a length or precision cuts or rounds: write LEFT(x, n) for text");
    } else if ((name == "text" || name == "varchar") && exact) {
        cast_to_text(from, collected);
    } else if ((name == "int4" || name == "int8") && exact) {
        cast_to_integer(from, collected);
    } else if ((name == "timestamp" || name == "timestamptz") && exact) {
        collected.settle(from, Type::timestamp);
        if (from.type != Type::timestamp)
            collected.refuse(position, fmt::format("{} is not cast to a time", to_text(from.type)));
    } else {
        collected.refuse(
            position,
            fmt::format("a cast to {} is not supported: there are integer, bigint, text, timestamp and "
                        "interval",
                        name.empty() ? "this type" : base::printable(name, 60)));
    }
    return from;
}

Value interval_literal(const Value& from, Collected& collected) {
    return interval_value(from, parse_interval(collected.literal(from)), collected);
}

}  // namespace nexthopd::sql
