#include "script/state.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/text.hpp"
#include "script/library.hpp"

namespace nexthopd::script {

namespace {

/// Of the instructions between two looks at the clock some may each copy, compare or walk through all of a
/// text or table: once a script has made one of these sizes, it is looked at more often.
constexpr std::size_t large_text = 16U << 10U;
constexpr std::size_t large_block = 1U << 20U;
constexpr int dense_interval = 10;
constexpr std::size_t text_header = 64;  // what Lua adds to the characters, rounded up

}  // namespace

std::string error_text(lua_State* lua, int index) {
    if (lua_type(lua, index) != LUA_TSTRING)
        return std::string("(the error is a ") + luaL_typename(lua, index) + ", not a text)";
    std::size_t length = 0;
    const char* const text = lua_tolstring(lua, index, &length);
    return base::printable({text, length});
}

void LuaState::Memory::check_every(int count) {
    // As from a signal handler: lua_sethook() is made for that.
    if (interval > count) lua_sethook(running, hook, LUA_MASKCOUNT, count);
    interval = std::min(interval, count);
}

/// Lua collects all garbage after a refusal and tries once more. A script at its limit would do so again and
/// again, 0.1 s each time: the second refusal is the last, also for a pcall.
void* LuaState::refuse(Memory& memory, bool long_text) {
    memory.long_text = long_text;
    if (++memory.refusals < 2) return nullptr;
    memory.exhausted = true;
    memory.full = memory.full || !long_text;
    lua_sethook(memory.running, memory.hook, LUA_MASKCOUNT, 1);
    return nullptr;
}

void* LuaState::allocate(void* memory_pointer, void* block, std::size_t old_size, std::size_t new_size) {
    auto& memory = *static_cast<Memory*>(memory_pointer);
    // Without a block, old_size is the kind of object to be made.
    const bool text = block == nullptr && old_size == LUA_TSTRING;
    if (block == nullptr) old_size = 0;
    if (new_size == 0) {
        std::free(block);  // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
        memory.used -= old_size;
        return nullptr;
    }
    // Lua assumes that shrinking never fails.
    if (memory.running != nullptr && new_size > old_size) {
        const bool long_text = text && new_size > max_text + text_header;
        if (long_text || memory.used - old_size + new_size > memory.limit) return refuse(memory, long_text);
        if (new_size >= (text ? large_text : large_block)) memory.check_every(dense_interval);
    }
    void* const moved =
        std::realloc(block, new_size);  // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
    if (moved != nullptr) memory.used = memory.used - old_size + new_size;
    return moved;
}

LuaState::Running::Running(LuaState& state, lua_State* lua, lua_Hook hook) : memory_(state.memory_) {
    memory_.running = lua;
    memory_.hook = hook;
    memory_.refusals = 0;
    memory_.exhausted = false;
    memory_.long_text = false;
    lua_sethook(lua, hook, LUA_MASKCOUNT, memory_.interval);
}

LuaState::Running::~Running() {
    memory_.running = nullptr;
}

LuaState::LuaState(std::size_t memory_limit) {
    memory_.limit = memory_limit;
    lua_ = lua_newstate(&LuaState::allocate, &memory_);
    if (lua_ == nullptr) throw std::bad_alloc();
    open_library();
}

LuaState::~LuaState() {
    lua_close(lua_);
}

void LuaState::tune_collector() {
    constexpr std::size_t garbage = 256U << 10U;
    constexpr std::size_t least = 200;   // percent of what is kept: Lua's default
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

void LuaState::share_environment(lua_State* lua) const {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, main_);
    lua_upvaluejoin(lua, -2, 1, -1, 1);
    lua_pop(lua, 1);
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

    add_library(lua_);

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
