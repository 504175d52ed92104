#include "script/library.hpp"

#include <array>

#include "script/xpcall.hpp"

namespace nexthopd::script {

namespace {

/// Lua 5.4's base functions that can neither load code, nor touch files, nor run a collection.
constexpr std::array base_functions = {
    "assert", "error",  "getmetatable", "ipairs", "next",     "pairs",    "pcall", "rawequal",
    "rawget", "rawlen", "rawset",       "select", "tonumber", "tostring", "type",
};
constexpr std::array os_functions = {"clock", "date", "difftime", "time"};
/// Without dump (bytecode) and pack, unpack, packsize, which a few bytes of format keep busy for long.
constexpr std::array string_functions = {
    "byte",  "char",  "find", "format",  "gmatch", "gsub",  "len",
    "lower", "match", "rep",  "reverse", "sub",    "upper",
};

/// setmetatable() without `__gc`: a finaliser runs when no time limit holds.
int set_metatable(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_argexpected(lua, lua_isnoneornil(lua, 2) || lua_istable(lua, 2), 2, "nil or table");
    lua_settop(lua, 2);
    if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL)
        return luaL_error(lua, "cannot change a protected metatable");
    if (lua_istable(lua, 2)) {
        lua_pushliteral(lua, "__gc");
        if (lua_rawget(lua, 2) != LUA_TNIL) return luaL_error(lua, "__gc is not available to scripts");
        lua_pop(lua, 1);
    }
    lua_setmetatable(lua, 1);
    return 1;
}

/// Copies the named fields of the table at the top into a new table, which replaces it.
template <std::size_t N>
void keep_only(lua_State* lua, const std::array<const char*, N>& names) {
    lua_createtable(lua, 0, static_cast<int>(N));
    for (const char* const name : names) {
        lua_getfield(lua, -2, name);
        lua_setfield(lua, -2, name);
    }
    lua_remove(lua, -2);
}

void add_base(lua_State* lua) {
    luaL_requiref(lua, LUA_GNAME, luaopen_base, 0);
    keep_only(lua, base_functions);
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pushvalue(lua, -2);
        lua_insert(lua, -2);
        lua_settable(lua, -5);
    }
    lua_pop(lua, 1);
    lua_pushcfunction(lua, set_metatable);
    lua_setfield(lua, -2, "setmetatable");
    lua_pushcfunction(lua, xpcall);
    lua_setfield(lua, -2, "xpcall");
    lua_pushliteral(lua, LUA_VERSION);
    lua_setfield(lua, -2, "_VERSION");
}

/// The library's own table has to go: it is also what the metatable of texts leads to.
void add_string(lua_State* lua) {
    luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
    keep_only(lua, string_functions);
    add_patterns(lua);
    charge_library(lua, LUA_STRLIBNAME);
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
    lua_setfield(lua, -2, LUA_STRLIBNAME);
}

}  // namespace

void add_library(lua_State* lua) {
    add_base(lua);
    add_string(lua);
    luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 0);
    charge_library(lua, LUA_TABLIBNAME);
    lua_setfield(lua, -2, LUA_TABLIBNAME);
    luaL_requiref(lua, LUA_OSLIBNAME, luaopen_os, 0);
    keep_only(lua, os_functions);
    charge_library(lua, LUA_OSLIBNAME);
    add_clock(lua);
    lua_setfield(lua, -2, LUA_OSLIBNAME);
    luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 0);
    lua_setfield(lua, -2, LUA_MATHLIBNAME);
    luaL_requiref(lua, LUA_UTF8LIBNAME, luaopen_utf8, 0);
    lua_setfield(lua, -2, LUA_UTF8LIBNAME);
    add_older_names(lua);
}

}  // namespace nexthopd::script
