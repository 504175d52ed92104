#include "sql/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace nexthopd::sql {

namespace {

// SQLITE_LIMIT_LIKE_PATTERN_LENGTH of the ledger's connection, which holds for GLOB as well.
constexpr std::size_t max_pattern = 64;

constexpr std::pair<std::string_view, std::string_view> mirrored[] = {{"=", "="}, {"<>", "<>"}, {"<", ">"},
                                                                      {">", "<"}, {"<=", ">="}, {">=", "<="}};

Value boolean_of(const std::vector<Value>& parts, std::size_t position) {
    Value result;
    result.position = position;
    result.type = Type::boolean;
    for (const auto& part : parts)
        absorb(result, part);
    return result;
}

/// LEFT(result,1)='4' as a range of `result`, which is what the conditions of the ledger's partial indexes
/// say, term by term; empty for anything else.
std::string class_range(std::string_view op, const Value& left, const Value& right) {
    const bool digit = right.sql.size() == 3 && right.sql.front() == '\'' && base::is_digit(right.sql[1]);
    if (op != "=" || !digit || left.sql != "substr(result,1,1)") return {};
    const char next = static_cast<char>(right.sql[1] + 1);
    return fmt::format("(result >= {} AND result < '{}')", right.sql, next);
}

/// nullopt when the pattern ends with its escape character.
std::optional<std::string> glob_of(std::string_view like, std::string_view escape) {
    std::string glob;
    const auto literal = [&](char c) {
        // GLOB has no escape character; a set of one does it. ] is special only within a set.
        if (c == '*' || c == '?' || c == '[')
            glob += {'[', c, ']'};
        else
            glob += c;
    };
    for (std::size_t i = 0; i < like.size(); ++i) {
        if (!escape.empty() && like[i] == escape[0]) {
            if (++i == like.size()) return std::nullopt;
            literal(like[i]);
        } else if (like[i] == '%') {
            glob += '*';
        } else if (like[i] == '_') {
            glob += '?';
        } else {
            literal(like[i]);
        }
    }
    return glob;
}

}  // namespace

bool is_comparison(std::string_view op) {
    return std::any_of(std::begin(mirrored), std::end(mirrored),
                       [&](const auto& pair) { return pair.first == op; });
}

Value compare(std::string_view op, Value left, Value right, std::size_t position, Collected& collected) {
    auto result = boolean_of({left, right}, position);
    collected.settle_together({&left, &right});
    // SQLite recognises the condition of a partial index only with the constant on the right.
    if (left.constant && !right.constant) {
        std::swap(left, right);
        op = std::find_if(std::begin(mirrored), std::end(mirrored), [&](const auto& m) {
                 return m.first == op;
             })->second;
    }
    result.sql = class_range(op, left, right);
    if (result.sql.empty()) result.sql = fmt::format("({} {} {})", left.sql, op, right.sql);
    return result;
}

Value in_list(bool negated, std::vector<Value> values, std::size_t position, Collected& collected) {
    auto result = boolean_of(values, position);
    std::vector<Value*> all;
    for (auto& value : values)
        all.push_back(&value);
    collected.settle_together(all);
    std::vector<std::string_view> list;
    for (std::size_t i = 1; i < values.size(); ++i)
        list.push_back(values[i].sql);
    result.sql = fmt::format("({} {}IN ({}))", values[0].sql, negated ? "NOT " : "", fmt::join(list, ", "));
    return result;
}

Value between(bool negated, std::vector<Value> values, std::size_t position, Collected& collected) {
    auto result = boolean_of(values, position);
    collected.settle_together({&values[0], &values[1], &values[2]});
    result.sql = fmt::format("({} {}BETWEEN {} AND {})", values[0].sql, negated ? "NOT " : "", values[1].sql,
                             values[2].sql);
    return result;
}

Value like(const Like& how, Value left, const Value& pattern, std::size_t position, Collected& collected) {
    auto result = boolean_of({left}, position);
    collected.settle(left, Type::text);
    if (left.type != Type::text)
        collected.refuse(left.position,
                         fmt::format("LIKE takes text, not {}: write ...::text LIKE", to_text(left.type)));
    if (!pattern.literal) {
        collected.refuse(pattern.position, "the pattern of LIKE is written here as text in quotes");
        return result;
    }
    auto glob = glob_of(collected.literal(pattern), how.escape);
    if (!glob) {
        collected.refuse(pattern.position, "the pattern ends with its escape character: write it twice");
        return result;
    }
    if (glob->size() > max_pattern)
        collected.refuse(pattern.position,
                         fmt::format("the pattern is longer than {} bytes, of which *, ? and [ take "
                                     "three: shorten it",
                                     max_pattern));
    if (how.ignore_case) {
        if (std::any_of(glob->begin(), glob->end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
            collected.refuse(pattern.position, "ILIKE knows upper and lower case of ASCII only: write LIKE");
        glob = base::lower(*glob);
        left.sql = fmt::format("lower({})", left.sql);
    }
    result.sql = fmt::format("({} {} {})", left.sql, how.negated ? "NOT GLOB" : "GLOB",
                             collected.bind(std::move(*glob)));
    return result;
}

}  // namespace nexthopd::sql
