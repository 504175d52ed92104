// The functions that a script finds: VPOP3.PostgresQuery, nexthop.count, print. One table per source file.
#pragma once

#include <lua.hpp>

namespace nexthopd::script {

/// Each adds its names to the table at the top of the stack.
void add_vpop3(lua_State* lua);
void add_nexthop(lua_State* lua);

}  // namespace nexthopd::script
