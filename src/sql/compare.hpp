// Comparisons: =, <>, <, <=, >, >=, IN, BETWEEN and LIKE, between values of types that PostgreSQL compares.
#pragma once

#include <string_view>
#include <vector>

#include "sql/value.hpp"

namespace nexthopd::sql {

bool is_comparison(std::string_view op);
Value compare(std::string_view op, Value left, Value right, std::size_t position, Collected& collected);

/// values[0] [NOT] IN (values[1], ...)
Value in_list(bool negated, std::vector<Value> values, std::size_t position, Collected& collected);
/// values[0] [NOT] BETWEEN values[1] AND values[2]
Value between(bool negated, std::vector<Value> values, std::size_t position, Collected& collected);

struct Like {
    bool negated;
    bool ignore_case;         // ILIKE
    std::string_view escape;  // one character, or empty for none
};
/// The pattern has to be a literal: it becomes one of GLOB, as SQLite's LIKE ignores case unless a pragma
/// says otherwise.
Value like(const Like& how, Value left, const Value& pattern, std::size_t position, Collected& collected);

}  // namespace nexthopd::sql
