// CAST(x AS type), x::type and INTERVAL '...', where SQLite can be exact.
#pragma once

#include "sql/ast.hpp"
#include "sql/value.hpp"

namespace nexthopd::sql {

/// `type_name` is the tree's TypeName.
Value cast_value(Value from, Node type_name, std::size_t position, Collected& collected);
/// A bare literal that stands where an interval is wanted.
Value interval_literal(const Value& from, Collected& collected);

}  // namespace nexthopd::sql
