#include "script/require.hpp"

#include <string_view>

#include "base/text.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

// No object with a destructor may live in these functions: Lua's errors jump over it.

namespace {

constexpr std::size_t longest_name = 64;

bool is_module_name(std::string_view name) {
    for (const char c : name) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !base::is_digit(c) && c != '_' && c != '-') return false;
    }
    return !name.empty() && name.size() <= longest_name;
}

/// The module has run: what it returned, or true, is kept.
int loaded(lua_State* lua, int /*status*/, lua_KContext /*context*/) {
    lua_settop(lua, 2);
    if (lua_isnil(lua, 2)) {
        lua_pushboolean(lua, 1);
        lua_replace(lua, 2);
    }
    lua_pushvalue(lua, 1);
    lua_pushvalue(lua, 2);
    lua_rawset(lua, lua_upvalueindex(1));
    return 1;
}

/// The upvalue is the table of what is loaded; false stands for a file that is being loaded.
int require(lua_State* lua) {
    std::size_t length = 0;
    const char* const name = luaL_checklstring(lua, 1, &length);
    lua_settop(lua, 1);
    lua_pushvalue(lua, 1);
    if (lua_rawget(lua, lua_upvalueindex(1)) == LUA_TBOOLEAN && lua_toboolean(lua, -1) == 0)
        return luaL_error(lua, "require: %s requires itself, directly or through others", name);
    if (!lua_isnil(lua, -1)) return 1;
    if (!is_module_name({name, length}))
        return luaL_error(
            lua,
            "require: this is no name of a file beside the script; letters, digits, _ and - are "
            "expected, without a path and without .lua");
    auto& thread = Thread::of(lua);
    if (!thread.fetch_module({name, length})) return luaL_error(lua, "require: %s", thread.text().c_str());
    const auto& text = thread.text();
    lua_pushfstring(lua, "@%s.lua", name);
    if (luaL_loadbufferx(lua, text.data(), text.size(), lua_tostring(lua, -1), "t") != LUA_OK)
        return lua_error(lua);
    thread.state().share_environment(lua);
    lua_pushvalue(lua, 1);
    lua_pushboolean(lua, 0);
    lua_rawset(lua, lua_upvalueindex(1));
    lua_replace(lua, 2);  // over the nil that was found
    lua_settop(lua, 2);
    lua_pushvalue(lua, 1);
    lua_callk(lua, 1, 1, 0, loaded);
    return loaded(lua, LUA_OK, 0);
}

}  // namespace

void add_require(lua_State* lua) {
    lua_newtable(lua);
    lua_pushcclosure(lua, require, 1);
    lua_setfield(lua, -2, "require");
}

}  // namespace nexthopd::script
