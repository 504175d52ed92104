// xpcall() for scripts, whose handler can be stopped.
#pragma once

#include <lua.hpp>

namespace nexthopd::script {

/// As Lua's, but the handler runs after the stack is unwound. Lua runs it on top of the error, where
/// nothing can be yielded; an error that the count hook raises there calls the handler again, with hooks
/// switched off: it would never end.
int xpcall(lua_State* lua);

}  // namespace nexthopd::script
