// The functions that a script finds: one table per source file.
#pragma once

#include <lua.hpp>

#include "script/host.hpp"

namespace nexthopd::script {

/// Each adds its names to the table at the top of the stack: of globals,
void add_vpop3(lua_State* lua);
void add_nexthop(lua_State* lua);
/// or nexthop itself.
void add_request(lua_State* lua);
void add_log(lua_State* lua);
void add_query(lua_State* lua);
void add_shared(lua_State* lua);
void add_memoize(lua_State* lua);
void add_resolve(lua_State* lua);

/// print(...) -> the log, one line, values separated by a tab as in Lua.
int print(lua_State* lua);

/// After Thread::query(): the rows, an array of tables; waits for them if need be. `context` is the name of
/// the function, a const char*, for errors.
int return_rows(lua_State* lua, int status, lua_KContext context);
/// The same for the first row; nil without any.
int return_first_row(lua_State* lua, int status, lua_KContext context);

}  // namespace nexthopd::script
