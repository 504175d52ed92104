// nexthop.log, and print.
#include "script/api.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

template <LogLevel level>
int log_at(lua_State* lua) {
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
    Thread::of(lua).host().log(level, {text, length});
    return 0;
}

}  // namespace

int print(lua_State* lua) {
    return log_at<LogLevel::info>(lua);
}

void add_log(lua_State* lua) {
    constexpr luaL_Reg functions[] = {{"debug", log_at<LogLevel::debug>},
                                      {"info", log_at<LogLevel::info>},
                                      {"warn", log_at<LogLevel::warn>},
                                      {"error", log_at<LogLevel::error>},
                                      {nullptr, nullptr}};
    luaL_newlib(lua, functions);
    lua_setfield(lua, -2, "log");
}

}  // namespace nexthopd::script
