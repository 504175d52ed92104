// nexthop.memoize: a function that remembers its answers.
#include <string_view>

#include "script/api.hpp"
#include "script/arguments.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

/// In Lua, so that the function may wait. Two generations of answers: when the newer one is full the older is
/// forgotten; what is used again moves to the newer. Arguments are told apart by type and value.
constexpr std::string_view source = R"(
local now, read_options, select, type, tostring, pack, unpack, error = ...
return function(f, options)
    local ttl, capacity = read_options(f, options)
    local newer, older, count = {}, {}, 0
    return function(...)
        local key = ""
        for i = 1, select("#", ...) do
            local value = select(i, ...)
            local kind = type(value)
            if kind ~= "string" and kind ~= "number" and kind ~= "boolean" and kind ~= "nil" then
                error("a memoized function takes texts, numbers, true, false and nil, not a " .. kind, 2)
            end
            value = tostring(value)
            key = key .. kind .. #value .. ":" .. value
        end
        local time = now()
        local known = newer[key] or older[key]
        if not known or known.expires <= time then
            known = pack(f(...))
            known.expires = now() + ttl
        end
        if newer[key] ~= known then
            if newer[key] == nil then
                if count >= capacity then newer, older, count = {}, newer, 0 end
                count = count + 1
            end
            newer[key] = known
        end
        return unpack(known, 1, known.n)
    end
end)";

constexpr lua_Integer usual_capacity = 1'000;
constexpr std::int64_t usual_ttl = 300;
constexpr std::int64_t longest_ttl = 86'400;

int now(lua_State* lua) {
    const auto since = Thread::of(lua).host().now().time_since_epoch();
    lua_pushnumber(lua, std::chrono::duration<double>(since).count());
    return 1;
}

/// (function, {ttl =, capacity =}) -> seconds, answers of a generation
int read_options(lua_State* lua) {
    if (!lua_isfunction(lua, 1))
        return luaL_error(lua, "nexthop.memoize: a function is expected, not a %s", luaL_typename(lua, 1));
    lua_settop(lua, 2);
    if (lua_isnil(lua, 2)) {
        lua_newtable(lua);
        lua_replace(lua, 2);
    }
    if (!lua_istable(lua, 2))
        return luaL_error(lua, "nexthop.memoize: {ttl =, capacity =} is expected, not a %s",
                          luaL_typename(lua, 2));
    check_keys(lua, 2, "nexthop.memoize", {"ttl", "capacity"});
    const auto ttl = seconds_field(lua, 2, "nexthop.memoize", "ttl", usual_ttl, longest_ttl);
    const auto capacity = integer_field(lua, 2, "nexthop.memoize", "capacity", usual_capacity, 1);
    lua_pushinteger(lua, ttl);
    lua_pushinteger(lua, (capacity + 1) / 2);
    return 2;
}

}  // namespace

void add_memoize(lua_State* lua) {
    const int nexthop = lua_gettop(lua);
    const int globals = nexthop - 1;
    luaL_loadbufferx(lua, source.data(), source.size(), "=nexthop.memoize", "t");
    lua_pushcfunction(lua, now);
    lua_pushcfunction(lua, read_options);
    for (const char* const name : {"select", "type", "tostring"})
        lua_getfield(lua, globals, name);
    lua_getfield(lua, globals, LUA_TABLIBNAME);
    lua_getfield(lua, -1, "pack");
    lua_getfield(lua, -2, "unpack");
    lua_remove(lua, -3);
    lua_getfield(lua, globals, "error");
    lua_call(lua, 8, 1);
    lua_setfield(lua, nexthop, "memoize");
}

}  // namespace nexthopd::script
