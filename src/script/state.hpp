// The Lua state of a script: memory limit, reduced library, and globals that belong to a call.
//
// Globals. While the file is loaded, the script's `_ENV` is an empty proxy, and assignments go to the base
// table, which also has the library. For a call, `_ENV` becomes the table of that call: what a hook assigns
// to a global is seen by that call only, even while another call waits. Behind it is the table of the
// connection, a copy of the base table with ConnectionId and ConnectionName. `_G` is always the proxy, which
// points at the table of the call, too.
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
    struct Memory;

  public:
    /// The longest text that a script can make: many operations take as long as a text.
    static constexpr std::size_t max_text = 1U << 20U;

    /// `memory_limit` in bytes holds while a script runs (see Running); our own calls may pass it, so that
    /// an API call outside a protected call never fails.
    explicit LuaState(std::size_t memory_limit);
    ~LuaState();
    LuaState(const LuaState&) = delete;
    LuaState& operator=(const LuaState&) = delete;

    lua_State* get() const { return lua_; }
    std::size_t memory_used() const { return memory_.used; }

    /// To be called when the script is loaded: the less it keeps, the more garbage may be made between two
    /// collections. A collection costs what the script keeps.
    void tune_collector();

    /// While it lives, `lua` runs: the memory limit is enforced, and `hook` is called after so many
    /// instructions as take a bounded time.
    class Running {
      public:
        Running(LuaState& state, lua_State* lua, lua_Hook hook);
        ~Running();
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

      private:
        Memory& memory_;
    };

    /// The present run, or the last one, was refused memory: it is to be stopped.
    bool exhausted() const { return memory_.exhausted; }
    /// And it was no lack of memory, but a text longer than max_text.
    bool long_text() const { return memory_.long_text; }
    /// Some run has filled the memory: what the script keeps may be the reason.
    bool full() const { return memory_.full; }

    /// References into the registry.
    int base() const { return base_; }

    /// Takes the file's main function, at the top of the stack of `lua`: all its functions share its _ENV.
    void set_main(lua_State* lua);
    /// The function at the top of the stack gets the _ENV of the main function.
    void share_environment(lua_State* lua) const;
    /// Makes the table that `reference` stands for in the registry the globals of what runs next.
    void use_globals(int reference);
    /// Gives the reference back.
    void drop_globals(int reference);

  private:
    /// About 10 µs of work between two looks at the clock, 0.2 % of the time for the reading.
    static constexpr int usual_interval = 1'000;

    struct Memory {
        std::size_t used = 0;
        std::size_t limit = 0;
        lua_State* running = nullptr;  // nullptr: the limit is not enforced
        lua_Hook hook = nullptr;
        int interval = usual_interval;
        int refusals = 0;  // of the present run
        bool exhausted = false;
        bool long_text = false;
        bool full = false;
        void check_every(int count);
    };
    static void* refuse(Memory& memory, bool long_text);
    static void* allocate(void* memory, void* block, std::size_t old_size, std::size_t new_size);
    void open_library();

    Memory memory_;
    lua_State* lua_ = nullptr;
    int base_ = LUA_NOREF;
    int proxy_ = LUA_NOREF;
    int proxy_metatable_ = LUA_NOREF;
    int main_ = LUA_NOREF;
    int current_globals_ = LUA_NOREF;
};

}  // namespace nexthopd::script
