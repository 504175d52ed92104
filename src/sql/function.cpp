#include "sql/function.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace nexthopd::sql {

namespace {

constexpr std::int64_t max_characters = 1'000'000;  // longer than any text of the ledger

const std::vector<std::string_view> known_functions = {"count", "sum",   "min",       "max",     "avg",
                                                       "left",  "right", "substring", "substr",  "length",
                                                       "lower", "upper", "now",       "coalesce"};

bool is_aggregate(std::string_view name) {
    return name == "count" || name == "sum" || name == "min" || name == "max" || name == "avg";
}

/// One call's translation: what all functions have in common.
class Caller {
  public:
    Caller(Call call, Collected& collected) : call_(std::move(call)), collected_(collected) {}

    Value run() {
        Value result;
        result.position = call_.position;
        for (const auto& argument : call_.arguments)
            absorb(result, argument);
        if (is_aggregate(call_.name)) {
            aggregate(result);
        } else if (call_.star || call_.distinct) {
            refuse(fmt::format("{}() takes neither * nor DISTINCT", call_.name));
        } else if (call_.name == "now") {
            if (takes(0, 0)) result.type = Type::timestamp;
            result.span = Microseconds{0};
        } else if (call_.name == "left" || call_.name == "right") {
            left_or_right(result);
        } else if (call_.name == "substring" || call_.name == "substr") {
            substring(result);
        } else if (call_.name == "length" || call_.name == "lower" || call_.name == "upper") {
            if (!takes(1, 1)) return result;
            result.type = call_.name == "length" ? Type::integer : Type::text;
            result.sql = fmt::format("{}({})", call_.name, text(0));
        } else {
            const auto near = base::nearest(call_.name, known_functions);
            refuse(fmt::format(
                "there is no function {}() here{}; there are {}", base::printable(call_.name, 60),
                near.empty() ? "" : fmt::format(": {}() is near", near), fmt::join(known_functions, ", ")));
        }
        return result;
    }

  private:
    void refuse(std::string text) { collected_.refuse(call_.position, std::move(text)); }

    bool takes(std::size_t least, std::size_t most) {
        const auto given = call_.arguments.size();
        if (given >= least && given <= most && !call_.star) return true;
        refuse(fmt::format("{}() takes {} argument{}, not {}", call_.name,
                           least == most ? std::to_string(least) : fmt::format("{} or {}", least, most),
                           most == 1 ? "" : "s", call_.star ? "*" : std::to_string(given)));
        return false;
    }

    std::string text(std::size_t index) {
        auto& value = call_.arguments[index];
        collected_.settle(value, Type::text);
        if (value.type != Type::text)
            collected_.refuse(value.position, fmt::format("{}() takes text, not {}: write {}(...::text)",
                                                          call_.name, to_text(value.type), call_.name));
        return value.sql;
    }

    /// A constant: SQLite counts backwards from negative numbers, PostgreSQL does other things.
    std::int64_t number(std::size_t index, std::int64_t least) {
        const auto& value = call_.arguments[index];
        if (value.integer && *value.integer >= least && *value.integer <= max_characters)
            return *value.integer;
        collected_.refuse(value.position, fmt::format("{}() takes a constant number from {} to {} here",
                                                      call_.name, least, max_characters));
        return least;
    }

    void left_or_right(Value& result) {
        if (!takes(2, 2)) return;
        result.type = Type::text;
        const auto count = number(1, 0);
        const auto from = text(0);
        // substr(x, 0) would be the whole text.
        if (call_.name == "left" || count == 0)
            result.sql = fmt::format("substr({},1,{})", from, count);
        else
            result.sql = fmt::format("substr({},-{})", from, count);
        // The ledger's partial indexes are used only where this is compared with a literal in the SQL's text.
        result.few_values = count == 1 && call_.name == "left" && from == "result";
    }

    void substring(Value& result) {
        if (!takes(2, 3)) return;
        result.type = Type::text;
        const auto start = number(1, 1);
        const auto from = text(0);
        if (call_.arguments.size() == 2) {
            result.sql = fmt::format("substr({},{})", from, start);
        } else {
            const auto count = number(2, 0);
            result.sql = fmt::format("substr({},{},{})", from, start, count);
            result.few_values = start == 1 && count == 1 && from == "result";
        }
    }

    void aggregate(Value& result) {
        if (result.aggregate)
            return collected_.refuse(*result.aggregate, "an aggregate within an aggregate is not possible");
        result.aggregate = call_.position;
        result.column = std::nullopt;
        result.type = Type::integer;
        if (call_.star) {
            if (call_.name != "count")
                refuse(fmt::format("{}(*) is not possible: write a column", call_.name));
            result.sql = "count(*)";
            return;
        }
        if (!takes(1, 1)) return;
        auto& of = call_.arguments[0];
        collected_.settle(of, Type::text);
        if (call_.name == "min" || call_.name == "max") {
            result.type = of.type;
            if (of.type == Type::boolean)
                return collected_.refuse(
                    of.position, fmt::format("{}() takes no boolean: write count(*) and WHERE", call_.name));
        } else if (call_.name != "count") {
            if (!is_number(of.type))
                return collected_.refuse(
                    of.position, fmt::format("{}() takes a number, not {}", call_.name, to_text(of.type)));
            if (of.type == Type::real || call_.name == "sum")
                result.type = of.type;
            else
                result.type = Type::numeric;
        }
        result.sql = fmt::format("{}({}{})", call_.name, call_.distinct ? "DISTINCT " : "", of.sql);
    }

    Call call_;
    Collected& collected_;
};

}  // namespace

Value call_function(Call call, Collected& collected) {
    return Caller(std::move(call), collected).run();
}

Value coalesce(std::vector<Value> arguments, std::size_t position, Collected& collected) {
    Value result;
    result.position = position;
    std::vector<Value*> all;
    for (auto& argument : arguments) {
        absorb(result, argument);
        all.push_back(&argument);
    }
    // Inline, so that GROUP BY can repeat the expression.
    collected.settle_together(all, true);
    std::vector<std::string_view> texts;
    for (const auto& argument : arguments) {
        // Of several number types the widest: Type lists them in that order.
        if (texts.empty() || (is_number(result.type) && is_number(argument.type))) {
            if (texts.empty() || argument.type > result.type) result.type = argument.type;
        }
        texts.push_back(argument.sql);
    }
    // SQLite's coalesce() takes two arguments at least.
    result.sql =
        texts.size() == 1 ? std::string(texts[0]) : fmt::format("coalesce({})", fmt::join(texts, ", "));
    return result;
}

}  // namespace nexthopd::sql
