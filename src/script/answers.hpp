// What a hook returned, read from the Lua stack. Only raw accesses: no metamethod of a script runs here.
#pragma once

#include <lua.hpp>

#include <optional>

#include "base/error.hpp"
#include "decide/decision.hpp"

namespace nexthopd::script {

/// Where the values stand that a hook returned; what is below belongs to the Thread.
constexpr int first_result = 3;

/// An error says what was returned and what is expected.
base::Result<std::optional<bool>> read_check_cache(lua_State* lua);
base::Result<decide::Overrides> read_overrides(lua_State* lua);
base::Result<decide::ServerAnswer> read_server_answer(lua_State* lua);

}  // namespace nexthopd::script
