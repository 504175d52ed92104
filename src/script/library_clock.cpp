// os.time() and os.date() of this moment: by the clock of whoever runs the script, which a test may set.
#include "script/library.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

void push_now(lua_State* lua) {
    lua_pushinteger(lua, base::unix_seconds(Thread::of(lua).host().wall()));
}

/// Lua's own function, with what is on the stack.
int call_original(lua_State* lua) {
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

int time(lua_State* lua) {
    if (!lua_isnoneornil(lua, 1)) return call_original(lua);
    push_now(lua);
    return 1;
}

int date(lua_State* lua) {
    lua_settop(lua, 2);
    if (lua_isnil(lua, 1)) {
        lua_pushliteral(lua, "%c");
        lua_replace(lua, 1);
    }
    if (lua_isnil(lua, 2)) {
        push_now(lua);
        lua_replace(lua, 2);
    }
    return call_original(lua);
}

void replace(lua_State* lua, const char* name, lua_CFunction function) {
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
}

}  // namespace

void add_clock(lua_State* lua) {
    replace(lua, "time", time);
    replace(lua, "date", date);
}

}  // namespace nexthopd::script
