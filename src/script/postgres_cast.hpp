// CAST(x AS type), x::type and INTERVAL '...', where SQLite can be exact.
#pragma once

#include "script/postgres_ast.hpp"
#include "script/postgres_value.hpp"

namespace nexthopd::script {

/// `type_name` is the tree's TypeName.
Value cast_value(Value from, Node type_name, std::size_t position, Collected& collected);
/// A bare literal that stands where an interval is wanted.
Value interval_literal(const Value& from, Collected& collected);

}  // namespace nexthopd::script
