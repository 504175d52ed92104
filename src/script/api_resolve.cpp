// nexthop.resolve: records in DNS. The hook waits for an answer that is not cached, other questions go on.
#include <variant>

#include "script/api.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

// No object with a destructor may live where Lua raises an error: it jumps over it.

namespace {

int push_result(lua_State* lua, const LookupResult& result, bool with_preference) {
    if (result.records.empty()) {
        lua_pushnil(lua);
        lua_pushstring(lua, result.failed ? "failed" : "none");
        return 2;
    }
    lua_createtable(lua, static_cast<int>(result.records.size()), 0);
    lua_Integer number = 0;
    for (const auto& record : result.records) {
        if (with_preference) {
            lua_createtable(lua, 0, 2);
            lua_pushlstring(lua, record.text.data(), record.text.size());
            lua_setfield(lua, -2, "server");
            lua_pushinteger(lua, record.preference);
            lua_setfield(lua, -2, "preference");
        } else {
            lua_pushlstring(lua, record.text.data(), record.text.size());
        }
        lua_rawseti(lua, -2, ++number);
    }
    return 1;
}

int continue_lookup(lua_State* lua, int /*status*/, lua_KContext context) {
    const auto kind = static_cast<Lookup::Kind>(context);
    const auto& answer = Thread::of(lua).answer();
    if (const auto* const result = std::get_if<LookupResult>(&answer))
        return push_result(lua, *result, kind == Lookup::Kind::mx);
    if (lua_isyieldable(lua) == 0)
        return luaL_error(lua,
                          "nexthop.resolve: a lookup cannot be waited for inside a sort comparator or a gsub "
                          "callback");
    return lua_yieldk(lua, 0, context, continue_lookup);
}

/// nexthop.resolve.a(name) -> an array of texts, or nil and "none" or "failed"
template <Lookup::Kind kind>
int resolve(lua_State* lua) {
    std::size_t length = 0;
    const char* const name = luaL_checklstring(lua, 1, &length);
    if (!Thread::of(lua).resolve(kind, {name, length}))
        return luaL_argerror(lua, 1, "not the name of a host");
    return continue_lookup(lua, LUA_OK, static_cast<lua_KContext>(kind));
}

}  // namespace

void add_resolve(lua_State* lua) {
    constexpr luaL_Reg functions[] = {{"mx", resolve<Lookup::Kind::mx>},
                                      {"a", resolve<Lookup::Kind::a>},
                                      {"aaaa", resolve<Lookup::Kind::aaaa>},
                                      {"txt", resolve<Lookup::Kind::txt>},
                                      {nullptr, nullptr}};
    luaL_newlib(lua, functions);
    lua_setfield(lua, -2, "resolve");
}

}  // namespace nexthopd::script
