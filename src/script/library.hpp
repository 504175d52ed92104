// Lua's own library, as far as scripts have it.
#pragma once

#include <lua.hpp>

namespace nexthopd::script {

/// Adds it to the table at the top of the stack.
void add_library(lua_State* lua);

/// find, match, gmatch and gsub with our own matcher: into the string library at the top of the stack.
void add_patterns(lua_State* lua);

/// Puts functions whose time grows with their arguments behind a charge to the time of the question:
/// into the library `name`, which is at the top of the stack.
void charge_library(lua_State* lua, const char* name);

/// time and date by the host's clock: into the os library at the top of the stack.
void add_clock(lua_State* lua);

/// What Lua 5.1 and 5.2 had and scripts for VPOP3 may use: into the table at the top of the stack.
void add_older_names(lua_State* lua);

}  // namespace nexthopd::script
