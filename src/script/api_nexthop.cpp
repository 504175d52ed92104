// The global nexthop: counts of attempts.
#include <lua.hpp>

#include <variant>

#include "script/api.hpp"
#include "script/arguments.hpp"
#include "script/thread.hpp"
#include "state/counters.hpp"

namespace nexthopd::script {

namespace {

constexpr lua_Integer longest_count = 366 * 86'400;

// No object with a destructor may live in these functions: Lua's errors jump over it.
int continue_count(lua_State* lua, int /*status*/, lua_KContext /*context*/) {
    const auto& answer = Thread::of(lua).answer();
    if (const auto* const rows = std::get_if<ledger::Rows>(&answer)) {
        const bool counted = !rows->rows.empty() && !rows->rows.front().empty() && rows->rows.front().front();
        if (!counted || lua_stringtonumber(lua, rows->rows.front().front()->c_str()) == 0)
            lua_pushinteger(lua, 0);
        return 1;
    }
    if (const auto* const failure = std::get_if<QueryFailure>(&answer))
        return luaL_error(lua, "nexthop.count: %s", failure->text.c_str());
    if (lua_isyieldable(lua) == 0)
        return luaL_error(lua,
                          "nexthop.count: a count that takes long cannot be waited for inside a sort "
                          "comparator or a gsub callback");
    return lua_yieldk(lua, 0, 0, continue_count);
}

/// Tables count from memory only.
constexpr std::int64_t longest_kept = state::Counters::window_seconds;
constexpr std::int64_t usual_window = 900;
constexpr lua_Integer usual_least = 20;

CountQuery read_query(lua_State* lua, const char* function) {
    CountQuery query;
    query.server = text_field(lua, 1, function, "server");
    query.domain = text_field(lua, 1, function, "domain");
    query.reason = text_field(lua, 1, function, "reason");
    query.seconds = seconds_field(lua, 1, function, "since", usual_window, longest_kept);
    if (query.server.empty() == query.domain.empty())
        luaL_error(lua, "%s: server or domain is expected, one of them", function);
    return query;
}

/// nexthop.count{server = | domain =, class =, reason =, since = "15m"} -> integer
int count_table(lua_State* lua) {
    lua_settop(lua, 1);
    check_keys(lua, 1, "nexthop.count", {"server", "domain", "class", "reason", "since"});
    auto query = read_query(lua, "nexthop.count");
    query.result_class = class_field(lua, 1, "nexthop.count", 0);
    lua_pushinteger(lua, static_cast<lua_Integer>(Thread::of(lua).host().counted(query)));
    return 1;
}

/// nexthop.count(server, class, seconds) -> integer. `class` is "2", "4" or "5", also as a number.
int count(lua_State* lua) {
    if (lua_type(lua, 1) == LUA_TTABLE) return count_table(lua);
    std::size_t server_length = 0;
    const char* const server = luaL_checklstring(lua, 1, &server_length);
    std::size_t class_length = 0;
    const char* const result_class = luaL_checklstring(lua, 2, &class_length);
    const lua_Integer seconds = luaL_checkinteger(lua, 3);
    if (class_length != 1 || (*result_class != '2' && *result_class != '4' && *result_class != '5'))
        return luaL_argerror(lua, 2, "the class is \"2\", \"4\" or \"5\"");
    if (seconds < 1 || seconds > longest_count) return luaL_argerror(lua, 3, "1 to 31622400 seconds");
    if (seconds > state::Counters::window_seconds) {
        Thread::of(lua).count_longer({server, server_length}, *result_class, seconds);
        return continue_count(lua, LUA_OK, 0);
    }
    const auto number = Thread::of(lua).host().count({server, server_length}, *result_class, seconds);
    lua_pushinteger(lua, static_cast<lua_Integer>(number));
    return 1;
}

/// nexthop.rate{server = | domain =, reason =, since = "15m", min = 20} -> share of attempts that were
/// deferred, or nil where there were fewer than min
int rate(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    check_keys(lua, 1, "nexthop.rate", {"server", "domain", "reason", "since", "min"});
    auto deferred = read_query(lua, "nexthop.rate");
    const lua_Integer least = integer_field(lua, 1, "nexthop.rate", "min", usual_least, 1);
    deferred.result_class = '4';
    auto all = deferred;
    all.result_class = 0;
    all.reason = {};
    auto& host = Thread::of(lua).host();
    const auto total = host.counted(all);
    if (total < static_cast<std::uint64_t>(least)) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushnumber(lua,
                   static_cast<lua_Number>(host.counted(deferred)) / static_cast<lua_Number>(total));
    return 1;
}

/// nexthop.provider(server) -> the name of its provider, or nil
int provider(lua_State* lua) {
    std::size_t length = 0;
    const char* const server = luaL_checklstring(lua, 1, &length);
    const auto name = Thread::of(lua).host().provider({server, length});
    if (name.empty())
        lua_pushnil(lua);
    else
        lua_pushlstring(lua, name.data(), name.size());
    return 1;
}

}  // namespace

void add_nexthop(lua_State* lua) {
    lua_newtable(lua);
    constexpr luaL_Reg functions[] = {{"count", count}, {"rate", rate}, {"provider", provider}, {nullptr, nullptr}};
    luaL_setfuncs(lua, functions, 0);
    add_log(lua);
    add_query(lua);
    add_shared(lua);
    add_memoize(lua);
    add_request(lua);
    add_resolve(lua);
    lua_setfield(lua, -2, "nexthop");
    lua_pushcfunction(lua, print);
    lua_setfield(lua, -2, "print");
}

}  // namespace nexthopd::script
