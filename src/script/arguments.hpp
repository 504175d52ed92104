// Arguments of the API's functions that are tables, as in nexthop.count{server = "mx1", class = "4"}.
//
// Each function raises a Lua error when something is wrong, with a text that says what would be right.
#pragma once

#include <lua.hpp>

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace nexthopd::script {

/// Refuses keys of the table at `index` that are not `known`, with the nearest that is.
void check_keys(lua_State* lua, int index, const char* function, std::initializer_list<const char*> known);

/// A text that the table holds for `key`; empty when it has none. Valid as long as the table is.
std::string_view text_field(lua_State* lua, int index, const char* function, const char* key);
/// '2', '4' or '5', from a text or a number; `otherwise` when the table has none.
char class_field(lua_State* lua, int index, const char* function, char otherwise);
/// A whole number from `least`.
lua_Integer integer_field(lua_State* lua, int index, const char* function, const char* key,
                          lua_Integer otherwise, lua_Integer least);
/// Seconds: a number, or a text such as "15m". `longest` is the most that is allowed.
std::int64_t seconds_field(lua_State* lua, int index, const char* function, const char* key,
                           std::int64_t otherwise, std::int64_t longest);

/// The same of an argument; more than none.
std::int64_t nanoseconds_argument(lua_State* lua, int argument);

}  // namespace nexthopd::script
