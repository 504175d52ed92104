// The Lua state of a script: memory limit, reduced library, and globals that belong to a call.
//
// Globals. The script's `_ENV` is an empty proxy. While the file is loaded, assignments go to the base
// table, which also has the library. During a call the proxy points at the table of that call: what a
// hook assigns to a global is seen by that call only, even while another call waits. The chain
//   proxy -> table of the call -> connection (ConnectionId, ConnectionName) -> base
// is followed inside the Lua VM, without a C function.
#pragma once

#include <lua.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace nexthopd::script {

/// The text of the error object at `index`, made printable; never runs a metamethod.
std::string error_text(lua_State* lua, int index);

class LuaState {
  public:
    /// `memory_limit` in bytes holds while a script runs (see Running); our own calls may pass it, so that
    /// an API call outside a protected call never fails.
    explicit LuaState(std::size_t memory_limit);
    ~LuaState();
    LuaState(const LuaState&) = delete;
    LuaState& operator=(const LuaState&) = delete;

    lua_State* get() const { return lua_; }
    std::size_t memory_used() const { return memory_.used; }

    /// Enforces the memory limit while it lives.
    class Running {
      public:
        explicit Running(LuaState& state) : state_(state) { state_.memory_.enforced = true; }
        ~Running() { state_.memory_.enforced = false; }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

      private:
        LuaState& state_;
    };

    /// References into the registry.
    int proxy_metatable() const { return proxy_metatable_; }
    int proxy() const { return proxy_; }
    int base() const { return base_; }

    /// The table of globals that the proxy points at: kept by Thread, which changes it between calls.
    int current_globals = LUA_NOREF;

  private:
    struct Memory {
        std::size_t used = 0;
        std::size_t limit = 0;
        bool enforced = false;
    };
    static void* allocate(void* memory, void* block, std::size_t old_size, std::size_t new_size);
    void open_library();

    Memory memory_;
    lua_State* lua_ = nullptr;
    int base_ = LUA_NOREF;
    int proxy_ = LUA_NOREF;
    int proxy_metatable_ = LUA_NOREF;
};

}  // namespace nexthopd::script
