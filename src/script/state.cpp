#include "script/state.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

#include "base/text.hpp"
#include "script/xpcall.hpp"

namespace nexthopd::script {

namespace {

/// Lua 5.4's base functions that can neither load code, nor touch files, nor run a collection.
constexpr std::array base_functions = {
    "assert",   "error",  "getmetatable", "ipairs", "next",     "pairs",    "pcall", "rawequal",
    "rawget",   "rawlen", "rawset",       "select", "tonumber", "tostring", "type",
};
constexpr std::array os_functions = {"clock", "date", "difftime", "time"};

/// setmetatable() without `__gc`: a finaliser runs when no time limit holds.
int set_metatable(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_argexpected(lua, lua_isnoneornil(lua, 2) || lua_istable(lua, 2), 2, "nil or table");
    lua_settop(lua, 2);
    if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL) return luaL_error(lua, "cannot change a protected metatable");
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

}  // namespace

std::string error_text(lua_State* lua, int index) {
    if (lua_type(lua, index) != LUA_TSTRING)
        return std::string("(the error is a ") + luaL_typename(lua, index) + ", not a text)";
    std::size_t length = 0;
    const char* const text = lua_tolstring(lua, index, &length);
    return base::printable({text, length});
}

void* LuaState::allocate(void* memory_pointer, void* block, std::size_t old_size, std::size_t new_size) {
    auto& memory = *static_cast<Memory*>(memory_pointer);
    // Without a block, old_size is the kind of object to be made.
    if (block == nullptr) old_size = 0;
    if (new_size == 0) {
        std::free(block);  // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
        memory.used -= old_size;
        return nullptr;
    }
    // Lua assumes that shrinking never fails.
    if (memory.enforced && new_size > old_size && memory.used - old_size + new_size > memory.limit) return nullptr;
    void* const moved = std::realloc(block, new_size);  // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
    if (moved != nullptr) memory.used = memory.used - old_size + new_size;
    return moved;
}

LuaState::LuaState(std::size_t memory_limit) {
    memory_.limit = memory_limit;
    lua_ = lua_newstate(&LuaState::allocate, &memory_);
    if (lua_ == nullptr) throw std::bad_alloc();
    open_library();
}

LuaState::~LuaState() { lua_close(lua_); }

void LuaState::tune_collector() {
    constexpr std::size_t garbage = 256U << 10U;
    constexpr std::size_t least = 200;  // percent of what is kept: Lua's default
    constexpr std::size_t most = 1'000;  // Lua's own limit
    const auto percent = std::clamp(100 + 100 * garbage / (memory_.used + 1), least, most);
    lua_gc(lua_, LUA_GCINC, static_cast<int>(percent), 0, 0);
}

void LuaState::set_main(lua_State* lua) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, proxy_);
    lua_setupvalue(lua, -2, 1);  // _ENV is the first upvalue of a main function
    lua_pushvalue(lua, -1);
    main_ = luaL_ref(lua, LUA_REGISTRYINDEX);
}

void LuaState::drop_globals(int reference) {
    luaL_unref(lua_, LUA_REGISTRYINDEX, reference);
    if (current_globals_ == reference) current_globals_ = LUA_NOREF;
}

void LuaState::use_globals(int reference) {
    if (current_globals_ == reference) return;
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, main_);
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, proxy_metatable_);
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, reference);
    lua_pushvalue(lua_, -1);
    lua_setfield(lua_, -3, "__index");
    lua_pushvalue(lua_, -1);
    lua_setfield(lua_, -3, "__newindex");
    lua_setupvalue(lua_, -3, 1);
    lua_pop(lua_, 2);
    current_globals_ = reference;
}

void LuaState::open_library() {
    lua_newtable(lua_);  // the base table

    luaL_requiref(lua_, LUA_GNAME, luaopen_base, 0);
    keep_only(lua_, base_functions);
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
        lua_pushvalue(lua_, -2);
        lua_insert(lua_, -2);
        lua_settable(lua_, -5);
    }
    lua_pop(lua_, 1);
    lua_pushcfunction(lua_, set_metatable);
    lua_setfield(lua_, -2, "setmetatable");
    lua_pushcfunction(lua_, xpcall);
    lua_setfield(lua_, -2, "xpcall");
    lua_pushliteral(lua_, LUA_VERSION);
    lua_setfield(lua_, -2, "_VERSION");

    const std::array<luaL_Reg, 4> whole = {{{LUA_TABLIBNAME, luaopen_table},
                                            {LUA_MATHLIBNAME, luaopen_math},
                                            {LUA_UTF8LIBNAME, luaopen_utf8},
                                            {LUA_STRLIBNAME, luaopen_string}}};
    for (const auto& library : whole) {
        luaL_requiref(lua_, library.name, library.func, 0);
        lua_setfield(lua_, -2, library.name);
    }
    lua_getfield(lua_, -1, LUA_STRLIBNAME);
    lua_pushnil(lua_);
    lua_setfield(lua_, -2, "dump");
    lua_pop(lua_, 1);
    luaL_requiref(lua_, LUA_OSLIBNAME, luaopen_os, 0);
    keep_only(lua_, os_functions);
    lua_setfield(lua_, -2, LUA_OSLIBNAME);
    // Lua 5.1's name, which older scripts use.
    lua_getfield(lua_, -1, LUA_TABLIBNAME);
    lua_getfield(lua_, -1, "unpack");
    lua_setfield(lua_, -3, "unpack");
    lua_pop(lua_, 1);

    lua_newtable(lua_);  // the proxy
    lua_pushvalue(lua_, -1);
    lua_setfield(lua_, -3, LUA_GNAME);
    lua_createtable(lua_, 0, 3);  // its metatable: while loading, everything is the base table's
    lua_pushvalue(lua_, -3);
    lua_setfield(lua_, -2, "__index");
    lua_pushvalue(lua_, -3);
    lua_setfield(lua_, -2, "__newindex");
    lua_pushboolean(lua_, 0);
    lua_setfield(lua_, -2, "__metatable");
    lua_pushvalue(lua_, -1);
    lua_setmetatable(lua_, -3);
    proxy_metatable_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    proxy_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    base_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
}

}  // namespace nexthopd::script
