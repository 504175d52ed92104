#include "script/known_names.hpp"

#include "script/api.hpp"
#include "script/require.hpp"
#include "script/state.hpp"

namespace nexthopd::script {

namespace {

constexpr std::size_t enough_memory = 16U << 20U;

/// Of the table at the top of the stack, which it removes.
void list(lua_State* lua, const std::string& prefix, std::vector<std::string>& out) {
    for (lua_pushnil(lua); lua_next(lua, -2) != 0;) {
        if (lua_type(lua, -2) == LUA_TSTRING) {
            const std::string name = prefix + lua_tostring(lua, -2);
            out.push_back(name);
            if (lua_istable(lua, -1) && name != "_G") {
                list(lua, name + '.', out);
                continue;
            }
        }
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

}  // namespace

std::vector<std::string> known_names() {
    const LuaState state(enough_memory);
    lua_State* const lua = state.get();
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state.base());
    add_vpop3(lua);
    add_nexthop(lua);
    add_require(lua);
    std::vector<std::string> out{"_G", "_ENV"};
    list(lua, {}, out);
    return out;
}

}  // namespace nexthopd::script
