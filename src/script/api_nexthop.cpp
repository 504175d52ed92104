// The global nexthop: the API for new scripts, and print.
#include <lua.hpp>

#include <string>
#include <variant>

#include "base/text.hpp"
#include "script/api.hpp"
#include "script/thread.hpp"
#include "state/counters.hpp"

namespace nexthopd::script {

namespace {

constexpr lua_Integer longest_count = 366 * 86'400;

// No object with a destructor may live in these functions: Lua's errors jump over it.
int continue_count(lua_State* lua, int /*status*/, lua_KContext /*context*/) {
    const auto& answer = Thread::of(lua).answer();
    if (const auto* const rows = std::get_if<ledger::Rows>(&answer)) {
        const bool counted = !rows->rows.empty() && !rows->rows.front().empty() && rows->rows.front().front();
        if (!counted || lua_stringtonumber(lua, rows->rows.front().front()->c_str()) == 0) lua_pushinteger(lua, 0);
        return 1;
    }
    if (const auto* const failure = std::get_if<QueryFailure>(&answer))
        return luaL_error(lua, "nexthop.count: %s", failure->text.c_str());
    if (lua_isyieldable(lua) == 0)
        return luaL_error(lua, "nexthop.count: a count that takes long cannot be waited for inside a sort comparator or a gsub callback");
    return lua_yieldk(lua, 0, 0, continue_count);
}

/// nexthop.count(server, class, seconds) -> integer. `class` is "2", "4" or "5", also as a number.
int count(lua_State* lua) {
    std::size_t server_length = 0;
    const char* const server = luaL_checklstring(lua, 1, &server_length);
    std::size_t class_length = 0;
    const char* const result_class = luaL_checklstring(lua, 2, &class_length);
    const lua_Integer seconds = luaL_checkinteger(lua, 3);
    if (class_length != 1 || (*result_class != '2' && *result_class != '4' && *result_class != '5'))
        return luaL_argerror(lua, 2, "the class is \"2\", \"4\" or \"5\"");
    if (seconds < 1 || seconds > longest_count) return luaL_argerror(lua, 3, "1 to 31622400 seconds");
    if (seconds > state::Counters::window_seconds) {
        Thread::of(lua).count_longer({server, server_length}, *result_class, seconds);
        return continue_count(lua, LUA_OK, 0);
    }
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
