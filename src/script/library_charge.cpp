// Functions of Lua's library that loop in C: what they will take is charged before they begin, and a call
// that cannot end in time does not begin.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "script/library.hpp"
#include "script/state.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

// Costs in Steps of 4 ns, generously: doubles, as lengths are whatever the script says.
using Cost = double (*)(lua_State*);

double number(lua_State* lua, int index, double otherwise) {
    return lua_isnoneornil(lua, index) ? otherwise : lua_tonumber(lua, index);
}

double text_length(lua_State* lua, int index) {
    return lua_type(lua, index) == LUA_TSTRING ? static_cast<double>(lua_rawlen(lua, index)) : 0;
}

/// #t, with its metamethod.
double table_length(lua_State* lua) {
    return lua_istable(lua, 1) ? static_cast<double>(luaL_len(lua, 1)) : 0;
}

double cost_of_rep(lua_State* lua) {
    const double each = text_length(lua, 1) + text_length(lua, 3);
    const double count = number(lua, 2, 0);
    if (each * count > static_cast<double>(LuaState::max_text)) luaL_error(lua, "resulting string too large");
    return count * (1 + each / 16);
}

double cost_of_format(lua_State* lua) {
    const int arguments = lua_gettop(lua);
    double out = text_length(lua, 1) / 2;
    for (int i = 2; i <= arguments; ++i)
        out += 250 + text_length(lua, i) / 8;  // %.99f takes up to 1 µs
    return out;
}

double cost_of_concat(lua_State* lua) {
    const double first = number(lua, 3, 1);
    const double count = (lua_isnoneornil(lua, 4) ? table_length(lua) : lua_tonumber(lua, 4)) - first + 1;
    return count * (8 + text_length(lua, 2) / 16);
}

double cost_of_unpack(lua_State* lua) {
    const double first = number(lua, 2, 1);
    return 4 * ((lua_isnoneornil(lua, 3) ? table_length(lua) : lua_tonumber(lua, 3)) - first + 1);
}

double cost_of_sort(lua_State* lua) {
    const double length = table_length(lua);
    return length < 2 ? 0 : 12 * length * std::log2(length);
}

double cost_of_insert(lua_State* lua) {
    return lua_gettop(lua) < 3 ? 0 : 4 * (table_length(lua) - lua_tonumber(lua, 2) + 1);
}

double cost_of_remove(lua_State* lua) {
    return lua_gettop(lua) < 2 ? 0 : 4 * (table_length(lua) - lua_tonumber(lua, 2) + 1);
}

double cost_of_move(lua_State* lua) {
    return 4 * (lua_tonumber(lua, 3) - lua_tonumber(lua, 2) + 1);
}

double cost_of_date(lua_State* lua) {
    return 250 * text_length(lua, 1);
}  // %c takes some µs

template <Cost cost>
int charged(lua_State* lua) {
    constexpr double most = 1e15;
    const double steps = cost(lua);
    if (steps > 0) Thread::charge(lua, static_cast<std::size_t>(std::min(steps, most)));
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

struct Charged {
    const char* library;
    const char* name;
    lua_CFunction function;
};

constexpr std::array charged_functions = {
    Charged{LUA_STRLIBNAME, "rep", charged<cost_of_rep>},
    Charged{LUA_STRLIBNAME, "format", charged<cost_of_format>},
    Charged{LUA_TABLIBNAME, "concat", charged<cost_of_concat>},
    Charged{LUA_TABLIBNAME, "unpack", charged<cost_of_unpack>},
    Charged{LUA_TABLIBNAME, "sort", charged<cost_of_sort>},
    Charged{LUA_TABLIBNAME, "insert", charged<cost_of_insert>},
    Charged{LUA_TABLIBNAME, "remove", charged<cost_of_remove>},
    Charged{LUA_TABLIBNAME, "move", charged<cost_of_move>},
    Charged{LUA_OSLIBNAME, "date", charged<cost_of_date>},
};

}  // namespace

void charge_library(lua_State* lua, const char* name) {
    for (const auto& function : charged_functions) {
        if (std::strcmp(function.library, name) != 0) continue;
        lua_getfield(lua, -1, function.name);
        lua_pushcclosure(lua, function.function, 1);
        lua_setfield(lua, -2, function.name);
    }
}

}  // namespace nexthopd::script
