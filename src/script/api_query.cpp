// nexthop.query and nexthop.last: the ledger's attempts.
#include <cmath>
#include <string>
#include <variant>

#include <fmt/format.h>

#include "script/api.hpp"
#include "script/arguments.hpp"
#include "script/bind_sql.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

// No object with a destructor may live where Lua raises an error: it jumps over it.

namespace {

void push_row(lua_State* lua, const ledger::Rows& rows, std::size_t number) {
    const auto& row = rows.rows[number];
    lua_createtable(lua, 0, static_cast<int>(row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
        if (!row[column]) continue;
        lua_pushlstring(lua, rows.columns[column].data(), rows.columns[column].size());
        lua_pushlstring(lua, row[column]->data(), row[column]->size());
        lua_rawset(lua, -3);
    }
}

/// nullptr: there are none yet, and `resumed` goes on when there are.
const ledger::Rows* rows_or_wait(lua_State* lua, lua_KContext context, lua_KFunction resumed) {
    const auto* const name = reinterpret_cast<const char*>(context);
    const auto& answer = Thread::of(lua).answer();
    if (const auto* const rows = std::get_if<ledger::Rows>(&answer)) return rows;
    if (const auto* const failure = std::get_if<QueryFailure>(&answer))
        luaL_error(lua, "%s: %s", name, failure->text.c_str());
    if (lua_isyieldable(lua) == 0)
        luaL_error(
            lua,
            "%s: a query that takes long cannot be waited for inside a sort comparator or a gsub callback",
            name);
    lua_yieldk(lua, 0, context, resumed);
    return nullptr;
}

/// The argument as the SQL text of a value. False: it has none.
bool append_value(lua_State* lua, int index, std::string& out) {
    switch (lua_type(lua, index)) {
        case LUA_TNIL:
            out += "NULL";
            return true;
        case LUA_TBOOLEAN:
            out += lua_toboolean(lua, index) != 0 ? "TRUE" : "FALSE";
            return true;
        case LUA_TNUMBER:
            if (lua_isinteger(lua, index) != 0)
                out += fmt::format("({})", lua_tointeger(lua, index));
            else if (std::isfinite(lua_tonumber(lua, index)))
                out += fmt::format("({:.15g})", lua_tonumber(lua, index));
            else
                return false;
            return true;
        case LUA_TSTRING: {
            std::size_t length = 0;
            const char* const text = lua_tolstring(lua, index, &length);
            return append_text(out, {text, length});
        }
        default:
            return false;
    }
}

constexpr int all_well = 0;

/// Puts the arguments from 2 on into the places $1, $2, … of the SQL. Else which argument is wrong; -1: the
/// SQL has another number of places.
int bind_arguments(lua_State* lua, std::string_view sql, std::string& out) {
    const int values = lua_gettop(lua) - 1;
    int wrong = all_well;
    const auto bound = bind_sql(sql, out, [&](std::size_t number, std::string& to) {
        const int index = static_cast<int>(number) + 1;
        if (wrong == all_well && (index > values + 1 || !append_value(lua, index, to)))
            wrong = index > values + 1 ? -1 : index;
    });
    return wrong != all_well || bound == static_cast<std::size_t>(values) ? wrong : -1;
}

/// nexthop.query(sql, ...) -> an array of rows
int query(lua_State* lua) {
    std::size_t length = 0;
    const char* const sql = luaL_checklstring(lua, 1, &length);
    constexpr std::size_t longest = 16U << 10U;
    if (length > longest)
        return luaL_error(lua, "query: the SQL is longer than %d bytes", static_cast<int>(longest));
    constexpr int most_values = 99;
    if (lua_gettop(lua) > most_values + 1) return luaL_error(lua, "query: more than %d values", most_values);
    auto& thread = Thread::of(lua);
    const int wrong = bind_arguments(lua, {sql, length}, thread.text());
    if (wrong == -1)
        return luaL_error(lua, "query: $1 to $%d are expected in the SQL, one for each value",
                          lua_gettop(lua) - 1);
    if (wrong != all_well)
        return luaL_argerror(lua, wrong, "a text without NUL bytes, a number, true, false or nil is expected");
    thread.query(thread.text());
    return return_rows(lua, LUA_OK, reinterpret_cast<lua_KContext>("query"));
}

/// nexthop.last{server = | domain =, class =, since = "1d"} -> the newest attempt, or nil
int last(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    check_keys(lua, 1, "nexthop.last", {"server", "domain", "class", "since"});
    const auto server = text_field(lua, 1, "nexthop.last", "server");
    const auto domain = text_field(lua, 1, "nexthop.last", "domain");
    const char result_class = class_field(lua, 1, "nexthop.last", 0);
    const auto seconds = seconds_field(lua, 1, "nexthop.last", "since", 86'400, 30 * 86'400);
    if (server.empty() == domain.empty())
        return luaL_error(lua, "nexthop.last: server or domain is expected, one of them");
    auto& thread = Thread::of(lua);
    auto& sql = thread.text();
    sql = "SELECT starttime AS time, code, dsn, result AS text, stage, reason FROM sendattempts WHERE ";
    sql += server.empty() ? "domain = " : "server = ";
    if (!append_text(sql, server.empty() ? domain : server))
        return luaL_error(lua, "nexthop.last: a name contains \\0");
    if (result_class != 0) sql += std::string(" AND LEFT(result, 1) = '") + result_class + '\'';
    sql += fmt::format(" AND starttime > NOW() - INTERVAL '{} seconds' ORDER BY starttime DESC LIMIT 1",
                       seconds);
    thread.query(sql);
    return return_first_row(lua, LUA_OK, reinterpret_cast<lua_KContext>("last"));
}

}  // namespace

int return_rows(lua_State* lua, int /*status*/, lua_KContext context) {
    const auto* const rows = rows_or_wait(lua, context, return_rows);
    if (rows == nullptr) return 0;
    lua_createtable(lua, static_cast<int>(rows->rows.size()), 0);
    for (std::size_t i = 0; i < rows->rows.size(); ++i) {
        push_row(lua, *rows, i);
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
    }
    return 1;
}

int return_first_row(lua_State* lua, int /*status*/, lua_KContext context) {
    const auto* const rows = rows_or_wait(lua, context, return_first_row);
    if (rows == nullptr) return 0;
    if (rows->rows.empty())
        lua_pushnil(lua);
    else
        push_row(lua, *rows, 0);
    return 1;
}

void add_query(lua_State* lua) {
    lua_pushcfunction(lua, query);
    lua_setfield(lua, -2, "query");
    lua_pushcfunction(lua, last);
    lua_setfield(lua, -2, "last");
}

}  // namespace nexthopd::script
