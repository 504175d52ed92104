// nexthop.shared and nexthop.throttle: what is kept from call to call.
#include "script/api.hpp"
#include "script/arguments.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

// No object with a destructor may live where Lua raises an error: it jumps over it.

namespace {

constexpr std::int64_t usual_life = 86'400'000'000'000;  // a day

Store& store(lua_State* lua, const char* function) {
    auto* const out = Thread::of(lua).host().store();
    if (out == nullptr) luaL_error(lua, "%s: not available while the script is loaded", function);
    return *out;
}

std::string_view check_name(lua_State* lua) {
    std::size_t length = 0;
    const char* const name = luaL_checklstring(lua, 1, &length);
    luaL_argcheck(lua, length <= Store::max_key, 1, "a name has at most 250 bytes");
    return {name, length};
}

base::Instant end_of_life(lua_State* lua, int argument, base::Instant now) {
    const auto life = lua_isnoneornil(lua, argument) ? usual_life : nanoseconds_argument(lua, argument);
    return now + base::Duration(life);
}

void push_value(lua_State* lua, const SharedValue& value) {
    if (const auto* const flag = std::get_if<bool>(&value))
        lua_pushboolean(lua, *flag ? 1 : 0);
    else if (const auto* const integer = std::get_if<std::int64_t>(&value))
        lua_pushinteger(lua, *integer);
    else if (const auto* const number = std::get_if<double>(&value))
        lua_pushnumber(lua, *number);
    else {
        const auto& text = std::get<std::string>(value);
        lua_pushlstring(lua, text.data(), text.size());
    }
}

/// shared.get(name) -> value, or nil
int get(lua_State* lua) {
    const auto name = check_name(lua);
    const auto* const value = store(lua, "shared.get").shared.find(name, Thread::of(lua).host().now());
    if (value == nullptr)
        lua_pushnil(lua);
    else
        push_value(lua, *value);
    return 1;
}

/// shared.set(name, value [, life]); nil forgets it
int set(lua_State* lua) {
    const auto name = check_name(lua);
    auto& host = Thread::of(lua).host();
    auto& shared = store(lua, "shared.set").shared;
    const auto expires = end_of_life(lua, 3, host.now());
    std::size_t length = 0;
    const int type = lua_type(lua, 2);
    const char* const text = type == LUA_TSTRING ? lua_tolstring(lua, 2, &length) : "";
    luaL_argexpected(lua,
                     type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING,
                     2, "nil, boolean, number or string");
    luaL_argcheck(lua, length <= Store::max_text, 2, "a text has at most 1000 bytes");
    if (host.dry_run()) return 0;
    if (type == LUA_TNIL)
        shared.erase(name);
    else if (type == LUA_TBOOLEAN)
        shared.set(name, lua_toboolean(lua, 2) != 0, expires);
    else if (type == LUA_TSTRING)
        shared.set(name, std::string(text, length), expires);
    else if (lua_isinteger(lua, 2) != 0)
        shared.set(name, std::int64_t{lua_tointeger(lua, 2)}, expires);
    else
        shared.set(name, lua_tonumber(lua, 2), expires);
    return 0;
}

/// shared.incr(name [, by [, life]]) -> the new value. The life is that of the first.
int incr(lua_State* lua) {
    const auto name = check_name(lua);
    const lua_Integer by = luaL_optinteger(lua, 2, 1);
    auto& host = Thread::of(lua).host();
    auto& shared = store(lua, "shared.incr").shared;
    const auto expires = end_of_life(lua, 3, host.now());
    auto* const value = shared.find(name, host.now());
    std::int64_t number = 0;
    if (value != nullptr) {
        const auto* const known = std::get_if<std::int64_t>(value);
        if (known == nullptr) return luaL_error(lua, "shared.incr: the value is no whole number");
        number = *known;
    }
    // As Lua adds: it wraps around.
    number = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) + static_cast<std::uint64_t>(by));
    if (!host.dry_run()) {
        if (value != nullptr)
            *value = number;
        else
            shared.set(name, number, expires);
    }
    lua_pushinteger(lua, number);
    return 1;
}

/// throttle(name, "100/10m,max_burst=5") -> {throttled =, retry_after =, remaining =}
int throttle(lua_State* lua) {
    const auto name = check_name(lua);
    std::size_t length = 0;
    const char* const text = luaL_checklstring(lua, 2, &length);
    const auto rate = parse_rate({text, length});
    if (!rate)
        return luaL_argerror(lua, 2, "a rate such as \"100/10m\" or \"100/10m,max_burst=5\" is expected");
    auto& host = Thread::of(lua).host();
    const auto found = store(lua, "throttle").throttle(name, *rate, host.now(), !host.dry_run());
    lua_createtable(lua, 0, 3);
    lua_pushboolean(lua, found.throttled ? 1 : 0);
    lua_setfield(lua, -2, "throttled");
    lua_pushnumber(lua, std::chrono::duration<double>(found.retry_after).count());
    lua_setfield(lua, -2, "retry_after");
    lua_pushinteger(lua, found.remaining);
    lua_setfield(lua, -2, "remaining");
    return 1;
}

}  // namespace

void add_shared(lua_State* lua) {
    constexpr luaL_Reg functions[] = {{"get", get}, {"set", set}, {"incr", incr}, {nullptr, nullptr}};
    luaL_newlib(lua, functions);
    lua_setfield(lua, -2, "shared");
    lua_pushcfunction(lua, throttle);
    lua_setfield(lua, -2, "throttle");
}

}  // namespace nexthopd::script
