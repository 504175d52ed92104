// Names of Lua 5.1 and 5.2 that scripts written for VPOP3 may use, with their meaning there.
#include <cmath>
#include <cstdint>

#include "script/library.hpp"

namespace nexthopd::script {

namespace {

constexpr lua_Integer bits = 32;

/// A number as bit32 takes it: any whole number, modulo 2^32.
std::uint32_t word(lua_State* lua, int argument) {
    if (lua_isinteger(lua, argument) != 0) return static_cast<std::uint32_t>(lua_tointeger(lua, argument));
    const lua_Number value = luaL_checknumber(lua, argument);
    const lua_Number rest = std::fmod(std::floor(value), 4294967296.0);
    luaL_argcheck(lua, std::isfinite(value), argument, "number has no integer representation");
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(rest));
}

int push_word(lua_State* lua, std::uint32_t value) {
    lua_pushinteger(lua, static_cast<lua_Integer>(value));
    return 1;
}

std::uint32_t all_and(lua_State* lua) {
    std::uint32_t out = UINT32_MAX;
    for (int i = lua_gettop(lua); i > 0; --i)
        out &= word(lua, i);
    return out;
}

int band(lua_State* lua) {
    return push_word(lua, all_and(lua));
}

int btest(lua_State* lua) {
    lua_pushboolean(lua, all_and(lua) != 0 ? 1 : 0);
    return 1;
}

int bor(lua_State* lua) {
    std::uint32_t out = 0;
    for (int i = lua_gettop(lua); i > 0; --i)
        out |= word(lua, i);
    return push_word(lua, out);
}

int bxor(lua_State* lua) {
    std::uint32_t out = 0;
    for (int i = lua_gettop(lua); i > 0; --i)
        out ^= word(lua, i);
    return push_word(lua, out);
}

int bnot(lua_State* lua) {
    return push_word(lua, ~word(lua, 1));
}

/// To the left; a negative count to the right, filled with zeros.
std::uint32_t shifted(std::uint32_t value, lua_Integer count) {
    if (count <= -bits || count >= bits) return 0;
    return count >= 0 ? value << count : value >> -count;
}

int lshift(lua_State* lua) {
    return push_word(lua, shifted(word(lua, 1), luaL_checkinteger(lua, 2)));
}

int rshift(lua_State* lua) {
    const lua_Integer count = luaL_checkinteger(lua, 2);
    return push_word(lua, shifted(word(lua, 1), count < -bits ? bits : -count));
}

/// To the right, filled with copies of the highest bit.
int arshift(lua_State* lua) {
    const auto value = word(lua, 1);
    const lua_Integer count = luaL_checkinteger(lua, 2);
    if (count < 0) return push_word(lua, shifted(value, count < -bits ? bits : -count));
    const auto filled =
        static_cast<std::int64_t>(static_cast<std::int32_t>(value)) >> (count < bits ? count : bits);
    return push_word(lua, static_cast<std::uint32_t>(filled));
}

std::uint32_t rotated(std::uint32_t value, lua_Integer count) {
    const auto left = static_cast<unsigned>(count & (bits - 1));
    return left == 0 ? value : value << left | value >> (bits - left);
}

int lrotate(lua_State* lua) {
    return push_word(lua, rotated(word(lua, 1), luaL_checkinteger(lua, 2)));
}
int rrotate(lua_State* lua) {
    return push_word(lua, rotated(word(lua, 1), -(luaL_checkinteger(lua, 2) & (bits - 1))));
}

/// Field and width at `argument`: the mask of the field, shifted down.
std::uint32_t field(lua_State* lua, int argument, lua_Integer& start) {
    start = luaL_checkinteger(lua, argument);
    const lua_Integer width = luaL_optinteger(lua, argument + 1, 1);
    luaL_argcheck(lua, start >= 0, argument, "field cannot be negative");
    luaL_argcheck(lua, width > 0, argument + 1, "width must be positive");
    if (start >= bits || width > bits || start + width > bits)
        luaL_error(lua, "trying to access non-existent bits");
    return width == bits ? UINT32_MAX : (1U << width) - 1;
}

int extract(lua_State* lua) {
    const auto value = word(lua, 1);
    lua_Integer start = 0;
    const auto mask = field(lua, 2, start);
    return push_word(lua, value >> start & mask);
}

int replace(lua_State* lua) {
    const auto value = word(lua, 1);
    const auto inserted = word(lua, 2);
    lua_Integer start = 0;
    const auto mask = field(lua, 3, start);
    return push_word(lua, (value & ~(mask << start)) | (inserted & mask) << start);
}

int pow(lua_State* lua) {
    lua_pushnumber(lua, std::pow(luaL_checknumber(lua, 1), luaL_checknumber(lua, 2)));
    return 1;
}

int log10(lua_State* lua) {
    lua_pushnumber(lua, std::log10(luaL_checknumber(lua, 1)));
    return 1;
}

int get_length(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_pushinteger(lua, luaL_len(lua, 1));
    return 1;
}

/// The largest positive key that is a number.
int max_key(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_Number out = 0;
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1))
        if (lua_type(lua, -2) == LUA_TNUMBER && lua_tonumber(lua, -2) > out) out = lua_tonumber(lua, -2);
    lua_pushnumber(lua, out);
    return 1;
}

/// The field `name` of the library `from` also as `older` of the library `to`; nullptr: of the globals.
void alias(lua_State* lua, const char* from, const char* name, const char* to, const char* older) {
    if (to == nullptr)
        lua_pushvalue(lua, -1);
    else
        lua_getfield(lua, -1, to);
    lua_getfield(lua, -2, from);
    lua_getfield(lua, -1, name);
    lua_setfield(lua, -3, older);
    lua_pop(lua, 2);
}

void add(lua_State* lua, const char* library, const luaL_Reg* functions) {
    lua_getfield(lua, -1, library);
    luaL_setfuncs(lua, functions, 0);
    lua_pop(lua, 1);
}

}  // namespace

void add_older_names(lua_State* lua) {
    constexpr luaL_Reg bit32[] = {{"band", band},       {"bor", bor},         {"bxor", bxor},
                                  {"bnot", bnot},       {"btest", btest},     {"lshift", lshift},
                                  {"rshift", rshift},   {"arshift", arshift}, {"lrotate", lrotate},
                                  {"rrotate", rrotate}, {"extract", extract}, {"replace", replace},
                                  {nullptr, nullptr}};
    constexpr luaL_Reg math[] = {{"pow", pow}, {"log10", log10}, {nullptr, nullptr}};
    constexpr luaL_Reg table[] = {{"getn", get_length}, {"maxn", max_key}, {nullptr, nullptr}};
    luaL_newlib(lua, bit32);
    lua_setfield(lua, -2, "bit32");
    add(lua, LUA_MATHLIBNAME, math);
    add(lua, LUA_TABLIBNAME, table);
    alias(lua, LUA_TABLIBNAME, "unpack", nullptr, "unpack");
    alias(lua, LUA_STRLIBNAME, "gmatch", LUA_STRLIBNAME, "gfind");
    alias(lua, LUA_MATHLIBNAME, "fmod", LUA_MATHLIBNAME, "mod");
}

}  // namespace nexthopd::script
