// The global nexthop: the API for new scripts, and print.
#include <lua.hpp>

#include <string>

#include "base/text.hpp"
#include "script/api.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

/// Counts are kept in memory for two hours.
constexpr lua_Integer longest_count = 7'200;

/// nexthop.count(server, class, seconds) -> integer. `class` is "2", "4" or "5", also as a number.
int count(lua_State* lua) {
    std::size_t server_length = 0;
    const char* const server = luaL_checklstring(lua, 1, &server_length);
    std::size_t class_length = 0;
    const char* const result_class = luaL_checklstring(lua, 2, &class_length);
    const lua_Integer seconds = luaL_checkinteger(lua, 3);
    if (class_length != 1 || (*result_class != '2' && *result_class != '4' && *result_class != '5'))
        return luaL_argerror(lua, 2, "the class is \"2\", \"4\" or \"5\"");
    if (seconds < 1 || seconds > longest_count) return luaL_argerror(lua, 3, "1 to 7200 seconds");
    const auto number = Thread::of(lua).host().count({server, server_length}, *result_class, seconds);
    lua_pushinteger(lua, static_cast<lua_Integer>(number));
    return 1;
}

/// print(...) -> the log, one line, values separated by a tab as in Lua.
int print(lua_State* lua) {
    const int values = lua_gettop(lua);
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (int i = 1; i <= values; ++i) {
        if (i > 1) luaL_addchar(&buffer, '\t');
        luaL_tolstring(lua, i, nullptr);
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    std::size_t length = 0;
    const char* const text = lua_tolstring(lua, -1, &length);
    // The host makes a copy before anything can fail; no Lua call follows.
    Thread::of(lua).host().log({text, length});
    return 0;
}

}  // namespace

void add_nexthop(lua_State* lua) {
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, count);
    lua_setfield(lua, -2, "count");
    lua_setfield(lua, -2, "nexthop");
    lua_pushcfunction(lua, print);
    lua_setfield(lua, -2, "print");
}

}  // namespace nexthopd::script
