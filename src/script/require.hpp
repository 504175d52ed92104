// require() for scripts: other files of the script's folder.
#pragma once

#include <lua.hpp>

namespace nexthopd::script {

/// Adds it to the table at the top of the stack. A name is that of a file without ".lua": no path leads out
/// of the folder. Files are read while the script is loaded, and never later; a hook gets what was loaded
/// then.
void add_require(lua_State* lua);

}  // namespace nexthopd::script
