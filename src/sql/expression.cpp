#include "sql/expression.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "sql/cast.hpp"
#include "sql/function.hpp"

namespace nexthopd::sql {

namespace {

struct Hint {
    std::string_view what;
    std::string_view text;
};

constexpr Hint node_hints[] = {
    {"SubLink", "a subquery is not supported: run two queries"},
    {"CaseExpr", "CASE is not supported: decide in Lua"},
    {"MinMaxExpr", "GREATEST and LEAST are not supported: compare in Lua"},
    {"CollateClause", "COLLATE is not supported: leave it out, text is compared byte by byte"},
    {"A_ArrayExpr", "arrays are not supported: write IN (...)"},
    {"RowExpr", "rows are not supported: compare one column at a time"},
    {"SQLValueFunction", "only CURRENT_TIMESTAMP and LOCALTIMESTAMP are supported here, without precision"},
};

constexpr Hint operation_hints[] = {
    {"AEXPR_DISTINCT", "IS DISTINCT FROM is not supported: write <> and IS NULL"},
    {"AEXPR_NOT_DISTINCT", "IS NOT DISTINCT FROM is not supported: write = and IS NULL"},
    {"AEXPR_OP_ANY", "= ANY is not supported: write IN (...)"},
    {"AEXPR_OP_ALL", "ALL is not supported: write AND"},
    {"AEXPR_SIMILAR", "SIMILAR TO is not supported: write LIKE"},
    {"AEXPR_NULLIF", "NULLIF is not supported: decide in Lua"},
    {"AEXPR_BETWEEN_SYM", "BETWEEN SYMMETRIC is not supported: write BETWEEN with the smaller value first"},
    {"AEXPR_NOT_BETWEEN_SYM",
     "BETWEEN SYMMETRIC is not supported: write BETWEEN with the smaller value first"},
};

template <std::size_t N>
std::string_view hint_for(const Hint (&hints)[N], std::string_view what) {
    for (const auto& hint : hints)
        if (hint.what == what) return hint.text;
    return {};
}

}  // namespace

void Expressions::only(Node fields, std::size_t position, std::string_view what,
                       std::initializer_list<std::string_view> known) {
    const auto unknown = fields.unknown_field(known);
    if (!unknown.empty())
        refuse(position, fmt::format("this form of {} is not supported ({}): leave it out", what, unknown));
}

Value Expressions::value(Node node) {
    auto result = part(node);
    collected_.settle(result, Type::text);
    return result;
}

Value Expressions::condition(Node node, std::string_view clause) {
    auto result = part(node);
    collected_.settle(result, Type::boolean);
    if (result.type != Type::boolean)
        refuse(result.position,
               fmt::format("{} takes a condition, not {}: write a comparison", clause, to_text(result.type)));
    return result;
}

Value Expressions::part(Node node) {
    Value result;
    result.position = position(node);
    if (collected_.error()) return result;
    if (depth_ >= max_sql_nesting) {
        refuse(result.position, fmt::format("the expression is nested deeper than {}", max_sql_nesting));
        return result;
    }
    ++depth_;
    result = dispatch(node);
    --depth_;
    // A whole expression of GROUP BY is grouped, as a column of it is.
    if (result.column && std::find(groups_.begin(), groups_.end(), result.sql) != groups_.end())
        result.column = std::nullopt;
    return result;
}

Value Expressions::dispatch(Node node) {
    const auto type = node.type();
    const auto fields = node.fields();
    const auto at = position(node);
    if (type == "ColumnRef") return column_reference(fields, at);
    if (type == "A_Const") return constant(fields, at);
    if (type == "A_Expr") return operation(fields, at);
    if (type == "BoolExpr") return logic(fields, at);
    if (type == "NullTest") return null_test(fields, at);
    if (type == "BooleanTest") return boolean_test(fields, at);
    if (type == "FuncCall") return function(fields, at);
    if (type == "TypeCast") return cast_value(part(fields["arg"]), fields["typeName"], at, collected_);
    Value result;
    result.position = at;
    if (type == "CoalesceExpr") {
        std::vector<Value> arguments;
        for (std::size_t i = 0; i < fields["args"].size(); ++i)
            arguments.push_back(part(fields["args"].at(i)));
        return coalesce(std::move(arguments), at, collected_);
    }
    const auto op = fields["op"].text();
    if (type == "SQLValueFunction" && (op == "SVFOP_CURRENT_TIMESTAMP" || op == "SVFOP_LOCALTIMESTAMP")) {
        result.type = Type::timestamp;
        result.span = Microseconds{0};
        return result;
    }
    const auto hint = hint_for(node_hints, type);
    refuse(at, hint.empty() ? fmt::format("{} is not supported here: compute it in Lua", type)
                            : std::string(hint));
    return result;
}

bool Expressions::is_star(Node names, std::size_t at) {
    if (names.at(names.size() - 1).type() != "A_Star") return false;
    if (names.size() > 2 || (names.size() == 2 && names.at(0).as("String")["sval"].text() != table_))
        refuse(at, fmt::format("write * or {}.*", table_));
    return true;
}

Value Expressions::column_reference(Node fields, std::size_t at) {
    Value result;
    result.position = at;
    const auto names = fields["fields"];
    const auto name = names.at(names.size() - 1).as("String")["sval"].text();
    if (names.size() > 2 || (names.size() == 2 && names.at(0).as("String")["sval"].text() != table_)) {
        refuse(at, fmt::format("there is one table here: write the column's name alone, or {}.{}", table_,
                               base::printable(name, 60)));
        return result;
    }
    return column(name, at);
}

Value Expressions::column(std::string_view name, std::size_t at) {
    Value result;
    result.position = at;
    const auto* found = find_column(name);
    if (!found) {
        std::vector<std::string_view> known;
        for (const auto& c : attempt_columns())
            known.push_back(c.name);
        const auto near = base::nearest(name, known);
        refuse(at, fmt::format("there is no column {}: {}text is written in single quotes",
                               base::printable(name, 60),
                               near.empty() ? "" : fmt::format("did you mean {}? ", near)));
        return result;
    }
    result.sql = std::string(name);
    result.type = found->type;
    result.few_values = found->few_values;
    if (std::find(groups_.begin(), groups_.end(), name) == groups_.end())
        result.column = UngroupedColumn{result.sql, at};
    return result;
}

Value Expressions::constant(Node fields, std::size_t at) {
    Value result;
    result.position = at;
    result.constant = true;
    if (fields["sval"]) {
        result.literal = collected_.find_literal(at, fields["sval"]["sval"].text());
        if (!result.literal)
            refuse(at, "text that goes on in a second '...' is not supported: write it as one");
    } else if (fields["boolval"]) {
        result.type = Type::boolean;
        result.sql = fields["boolval"]["boolval"].flag() ? "1" : "0";
    } else if (const auto integer = integer_constant(fields, sql_)) {
        result.type = Type::integer;
        result.integer = integer;
    } else if (fields["fval"]) {
        result.type = Type::numeric;
        const auto number = decimal_sql(fields["fval"]["fval"].text());
        if (number)
            result.sql = *number;
        else
            refuse(at, "this number is too long to be exact: write at most 15 digits, without exponent");
    } else if (!fields["isnull"].flag()) {
        refuse(at, "this constant is not supported: write a plain number or '...'");
    }
    return result;
}

Value Expressions::operation(Node fields, std::size_t at) {
    const auto kind = fields["kind"].text();
    const auto op = plain_name(fields["name"]);
    if (kind == "AEXPR_IN") return in_list(op == "<>", list(fields), at, collected_);
    if (kind == "AEXPR_BETWEEN" || kind == "AEXPR_NOT_BETWEEN")
        return between(kind == "AEXPR_NOT_BETWEEN", list(fields), at, collected_);
    if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE")
        return pattern_match({op.substr(0, 1) == "!", kind == "AEXPR_ILIKE", "\\"}, fields, at);
    if (kind == "AEXPR_OP" && fields["lexpr"]) {
        if (is_comparison(op))
            return compare(op, part(fields["lexpr"]), part(fields["rexpr"]), at, collected_);
        if (op == "+" || op == "-") return time_arithmetic(op == "+", fields, at);
    }
    Value result;
    result.position = at;
    auto hint = std::string(hint_for(operation_hints, kind));
    if (hint.empty() && op.find('~') != op.npos) hint = "regular expressions are not supported: write LIKE";
    if (hint.empty() && op == "||") hint = "|| is not supported: join texts in Lua";
    if (hint.empty())
        hint = fmt::format("the operator {} is not supported: compute it in Lua", base::printable(op, 20));
    refuse(at, std::move(hint));
    return result;
}

std::vector<Value> Expressions::list(Node fields) {
    std::vector<Value> values{part(fields["lexpr"])};
    const auto items = fields["rexpr"].as("List")["items"];
    for (std::size_t i = 0; i < items.size(); ++i)
        values.push_back(part(items.at(i)));
    return values;
}

Value Expressions::pattern_match(Like how, Node fields, std::size_t at) {
    auto pattern = fields["rexpr"];
    // x LIKE y ESCAPE z is in the tree as x LIKE like_escape(y, z).
    if (const auto call = pattern.as("FuncCall"); plain_name(call["funcname"]) == "like_escape") {
        const auto escape = call["args"].at(1);
        pattern = call["args"].at(0);
        how.escape = escape.as("A_Const")["sval"]["sval"].text();
        if (!escape.as("A_Const")["sval"] || how.escape.size() > 1)
            refuse(position(escape), "ESCAPE takes one ASCII character in quotes");
    }
    return like(how, part(fields["lexpr"]), part(pattern), at, collected_);
}

Value Expressions::time_arithmetic(bool add, Node fields, std::size_t at) {
    auto left = part(fields["lexpr"]);
    auto right = part(fields["rexpr"]);
    if (add && !left.span && right.type == Type::timestamp) std::swap(left, right);
    if (add && left.type == Type::interval) std::swap(left, right);
    Value result;
    result.position = at;
    absorb(result, left);
    if (left.type != Type::timestamp) {
        refuse(at, "arithmetic is supported with now() and an interval only: compute it in Lua");
    } else if (!left.span) {
        refuse(at, "a column cannot be computed with: write starttime > now() - interval '15 minutes'");
    } else {
        // As in PostgreSQL: behind + a bare '...' is an interval, behind - it is a time.
        if (add && right.literal) right = interval_literal(right, collected_);
        if (right.type != Type::interval || !right.span) {
            refuse(right.position, "an interval is needed here: write interval '15 minutes'");
        } else {
            const auto sum = add ? *left.span + *right.span : *left.span - *right.span;
            if (sum > max_interval || sum < -max_interval) refuse(at, "a time more than 100 years away");
            result.type = Type::timestamp;
            result.span = sum;
        }
    }
    return result;
}

Value Expressions::logic(Node fields, std::size_t at) {
    Value result;
    result.position = at;
    result.type = Type::boolean;
    const auto op = fields["boolop"].text();
    const auto name = op == "AND_EXPR" ? "AND" : op == "OR_EXPR" ? "OR" : "NOT";
    const auto arguments = fields["args"];
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        auto argument = condition(arguments.at(i), name);
        absorb(result, argument);
        texts.push_back(std::move(argument.sql));
    }
    result.sql = op == "NOT_EXPR" ? fmt::format("(NOT {})", fmt::join(texts, ""))
                                  : fmt::format("({})", fmt::join(texts, fmt::format(" {} ", name)));
    return result;
}

Value Expressions::null_test(Node fields, std::size_t at) {
    const auto of = value(fields["arg"]);
    Value result;
    result.position = at;
    result.type = Type::boolean;
    absorb(result, of);
    result.sql =
        fmt::format("({} IS {})", of.sql, fields["nulltesttype"].text() == "IS_NULL" ? "NULL" : "NOT NULL");
    return result;
}

Value Expressions::boolean_test(Node fields, std::size_t at) {
    constexpr Hint tests[] = {{"IS_TRUE", "TRUE"},    {"IS_NOT_TRUE", "NOT TRUE"},
                              {"IS_FALSE", "FALSE"},  {"IS_NOT_FALSE", "NOT FALSE"},
                              {"IS_UNKNOWN", "NULL"}, {"IS_NOT_UNKNOWN", "NOT NULL"}};
    const auto of = condition(fields["arg"], "IS TRUE or IS FALSE");
    Value result;
    result.position = at;
    result.type = Type::boolean;
    absorb(result, of);
    result.sql = fmt::format("({} IS {})", of.sql, hint_for(tests, fields["booltesttype"].text()));
    return result;
}

Value Expressions::function(Node fields, std::size_t at) {
    only(fields, at, "a function call",
         {"funcname", "args", "agg_star", "agg_distinct", "funcformat", "location"});
    if (plain_name(fields["funcname"]).empty()) refuse(at, "write the function's name without a schema");
    Call call{
        plain_name(fields["funcname"]), at, {}, fields["agg_star"].flag(), fields["agg_distinct"].flag()};
    for (std::size_t i = 0; i < fields["args"].size(); ++i)
        call.arguments.push_back(part(fields["args"].at(i)));
    return call_function(std::move(call), collected_);
}

}  // namespace nexthopd::sql
