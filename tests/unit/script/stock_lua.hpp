// Lua's own string library in a state of its own, beside ours in a Vm: the same call in both.
#pragma once

#include <lua.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "script/library.hpp"
#include "script/state.hpp"
#include "script/thread.hpp"

namespace nexthopd::script::test {

/// Calls functions of one library "string" and shows what they return.
class StringLibrary {
  public:
    /// The stock library.
    StringLibrary() : own_state_(luaL_newstate(), lua_close), lua_(own_state_.get()) {
        luaL_openlibs(lua_);
        compile();
    }
    /// Ours, in a thread with much time.
    explicit StringLibrary(LuaState& state) : thread_(std::make_unique<Thread>(state)), lua_(thread_->get()) {
        lua_rawgeti(lua_, LUA_REGISTRYINDEX, state.base());
        lua_setglobal(lua_, "base");
        thread_->steps().set_limit(base::Instant::max() - std::chrono::hours(1));
        compile();
    }
    StringLibrary(const StringLibrary&) = delete;
    StringLibrary& operator=(const StringLibrary&) = delete;

    /// All captures of `text` as shown by `function`: "find", "match", "gmatch", "gsub".
    std::string call(const char* function, std::string_view subject, std::string_view pattern,
                     std::string_view third, lua_Integer fourth) {
        lua_settop(lua_, 0);
        lua_rawgeti(lua_, LUA_REGISTRYINDEX, show_);
        lua_pushstring(lua_, function);
        lua_pushlstring(lua_, subject.data(), subject.size());
        lua_pushlstring(lua_, pattern.data(), pattern.size());
        lua_pushlstring(lua_, third.data(), third.size());
        lua_pushinteger(lua_, fourth);
        lua_pcall(lua_, 5, 1, 0);
        std::size_t length = 0;
        const char* const out = luaL_tolstring(lua_, -1, &length);
        return {out, length};
    }

  private:
    void compile() {
        // The callbacks of gsub see its captures, and answer with a text, a number, false or a table.
        const char* const code = R"(
            local lib, show = ...
            local out
            local function add(...)
                for i = 1, lib.select('#', ...) do
                    local v = lib.select(i, ...)
                    out[#out + 1] = lib.type(v) .. ':' .. lib.tostring(v)
                end
                out[#out + 1] = ';'
            end
            local function callback(...)
                add(...)
                local v = ...
                if v == 'a' then return false elseif v == 'b' then return 7 elseif v == 'c' then return {} end
                return v
            end
            return function(f, subject, pattern, third, n)
                out = {}
                local ok, err = lib.pcall(function()
                    local s = lib.string
                    if f == 'find' then add(s.find(subject, pattern, n))
                    elseif f == 'plain' then add(s.find(subject, pattern, n, true))
                    elseif f == 'match' then add(s.match(subject, pattern, n))
                    elseif f == 'gmatch' then
                        for a, b, c in s.gmatch(subject, pattern, n) do add(a, b, c) if #out > 40 then break end end
                    elseif f == 'gsub' then add(s.gsub(subject, pattern, third))
                    elseif f == 'gsub some' then add(s.gsub(subject, pattern, third, n))
                    elseif f == 'gsub table' then add(s.gsub(subject, pattern, {a = 'A', b = false, ab = 3, [1] = 'one'}))
                    else add(s.gsub(subject, pattern, callback, 50)) end
                end)
                if not ok then out[#out + 1] = 'error ' .. lib.tostring(err) end
                local all = ''
                for i = 1, #out do all = all .. out[i] .. '|' end
                return all
            end)";
        luaL_loadstring(lua_, code);
        if (thread_)
            lua_getglobal(lua_, "base");
        else
            lua_pushglobaltable(lua_);
        lua_call(lua_, 1, 1);
        show_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    }

    std::unique_ptr<lua_State, void (*)(lua_State*)> own_state_{nullptr, lua_close};
    std::unique_ptr<Thread> thread_;
    lua_State* lua_ = nullptr;
    int show_ = LUA_NOREF;
};

}  // namespace nexthopd::script::test
