// The global VPOP3: what scripts for that mail server use.
#include "script/api.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

int postgres_query(lua_State* lua) {
    std::size_t length = 0;
    const char* const sql = luaL_checklstring(lua, 1, &length);
    Thread::of(lua).query({sql, length});
    return return_rows(lua, LUA_OK, reinterpret_cast<lua_KContext>("PostgresQuery"));
}

}  // namespace

void add_vpop3(lua_State* lua) {
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, postgres_query);
    lua_setfield(lua, -2, "PostgresQuery");
    lua_setfield(lua, -2, "VPOP3");
}

}  // namespace nexthopd::script
