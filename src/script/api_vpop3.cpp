// The global VPOP3: what scripts for that mail server use.
#include <lua.hpp>

#include <variant>

#include "script/api.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

/// An array of rows, each keyed by column name; values are texts, NULL is nil.
int push_rows(lua_State* lua, const ledger::Rows& rows) {
    lua_createtable(lua, static_cast<int>(rows.rows.size()), 0);
    lua_Integer number = 0;
    for (const auto& row : rows.rows) {
        lua_createtable(lua, 0, static_cast<int>(row.size()));
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (!row[column]) continue;
            lua_pushlstring(lua, rows.columns[column].data(), rows.columns[column].size());
            lua_pushlstring(lua, row[column]->data(), row[column]->size());
            lua_rawset(lua, -3);
        }
        lua_rawseti(lua, -2, ++number);
    }
    return 1;
}

// No object with a destructor may live in these functions: Lua's errors jump over it.
int continue_query(lua_State* lua, int /*status*/, lua_KContext /*context*/) {
    const auto& answer = Thread::of(lua).answer();
    if (const auto* const rows = std::get_if<ledger::Rows>(&answer)) return push_rows(lua, *rows);
    if (const auto* const failure = std::get_if<QueryFailure>(&answer))
        return luaL_error(lua, "PostgresQuery: %s", failure->text.c_str());
    if (lua_isyieldable(lua) == 0)
        return luaL_error(lua, "PostgresQuery: a query that takes long cannot be waited for inside a sort comparator or a gsub callback");
    return lua_yieldk(lua, 0, 0, continue_query);
}

int postgres_query(lua_State* lua) {
    std::size_t length = 0;
    const char* const sql = luaL_checklstring(lua, 1, &length);
    Thread::of(lua).query({sql, length});
    return continue_query(lua, LUA_OK, 0);
}

}  // namespace

void add_vpop3(lua_State* lua) {
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, postgres_query);
    lua_setfield(lua, -2, "PostgresQuery");
    lua_setfield(lua, -2, "VPOP3");
}

}  // namespace nexthopd::script
