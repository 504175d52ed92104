#include "script/xpcall.hpp"

namespace nexthopd::script {

namespace {

constexpr int handler_index = 2;  // of the stack; the protected function lies below it

int handled(lua_State* lua, int /*status*/, lua_KContext /*context*/) {
    lua_pushboolean(lua, 0);
    lua_insert(lua, -2);
    return 2;
}

int called(lua_State* lua, int status, lua_KContext /*context*/) {
    if (status == LUA_OK || status == LUA_YIELD) {
        lua_pushboolean(lua, 1);
        lua_replace(lua, handler_index);
        return lua_gettop(lua) - 1;
    }
    lua_pushvalue(lua, handler_index);
    lua_insert(lua, -2);  // below the error object
    return handled(lua, lua_pcallk(lua, 1, 1, 0, 0, handled), 0);
}

}  // namespace

int xpcall(lua_State* lua) {
    luaL_checktype(lua, handler_index, LUA_TFUNCTION);
    const int arguments = lua_gettop(lua) - handler_index;
    lua_pushvalue(lua, 1);
    lua_insert(lua, handler_index + 1);
    return called(lua, lua_pcallk(lua, arguments, LUA_MULTRET, 0, 0, called), 0);
}

}  // namespace nexthopd::script
