#include "script/answers.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "mail/nexthop.hpp"

namespace nexthopd::script {

namespace {

constexpr int second = first_result + 1;

std::string_view text_at(lua_State* lua, int index) {
    std::size_t length = 0;
    const char* const text = lua_tolstring(lua, index, &length);
    return {text, length};
}

/// "a table", "the text \"mx1\"", "nil": for error messages.
std::string describe(lua_State* lua, int index) {
    switch (lua_type(lua, index)) {
        case LUA_TNONE:
        case LUA_TNIL:
            return "nil";
        case LUA_TBOOLEAN:
            return lua_toboolean(lua, index) != 0 ? "true" : "false";
        case LUA_TNUMBER:
            return fmt::format("the number {}", lua_tonumber(lua, index));
        case LUA_TSTRING:
            return fmt::format("the text \"{}\"", base::printable(text_at(lua, index), 80));
        default:
            return std::string("a ") + luaL_typename(lua, index);
    }
}

/// A whole number within [0, 65535].
std::optional<std::uint16_t> small_number(lua_State* lua, int index) {
    int is_number = 0;
    const auto value = lua_tointegerx(lua, index, &is_number);
    if (lua_type(lua, index) != LUA_TNUMBER || is_number == 0 || value < 0 || value > UINT16_MAX) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

/// { server = , preference = , port = } at the top of the stack.
base::Result<mail::Server> server_from_table(lua_State* lua) {
    mail::Server out;
    std::optional<std::uint16_t> port;  // Lua walks a table in any order: it overrules the one in server
    bool named = false;
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            return base::fail("an entry of the server map has {} as a key; the keys are server, preference and port",
                              describe(lua, -2));
        const auto key = text_at(lua, -2);
        if (key == "server") {
            if (lua_type(lua, -1) != LUA_TSTRING) return base::fail("server is {}; a host name is expected", describe(lua, -1));
            auto server = mail::parse_server(text_at(lua, -1));
            if (!server) return server;
            out.host = std::move(server->host);
            out.port = server->port;
            named = true;
        } else if (key == "preference" || key == "port") {
            const auto number = small_number(lua, -1);
            if (!number || (key == "port" && *number == 0))
                return base::fail("{} is {}; a whole number up to 65535 is expected", key, describe(lua, -1));
            if (key == "port") port = number;
            else out.preference = *number;
        } else {
            return base::fail("\"{}\" is no key of a server; the keys are server, preference and port",
                              base::printable(key, 80));
        }
    }
    if (!named) return base::fail("an entry of the server map has no \"server\"");
    out.port = port.value_or(out.port);
    return out;
}

/// The table that is the first result.
base::Result<mail::ServerMap> map_from_table(lua_State* lua) {
    mail::ServerMap out;
    const auto length = lua_rawlen(lua, first_result);
    if (length > mail::max_nexthop_hosts)
        return base::fail("a server map of {} servers; at most {} are used", length, mail::max_nexthop_hosts);
    for (lua_Unsigned i = 1; i <= length; ++i) {
        lua_rawgeti(lua, first_result, static_cast<lua_Integer>(i));
        base::Result<mail::Server> server;
        if (lua_type(lua, -1) == LUA_TSTRING)
            server = mail::parse_server(text_at(lua, -1));
        else if (lua_istable(lua, -1))
            server = server_from_table(lua);
        else
            return base::fail("entry {} of the server map is {}; a host name or a table is expected", i, describe(lua, -1));
        if (!server) return tl::unexpected(server.error());
        out.servers.push_back(*std::move(server));
        lua_settop(lua, second);
    }
    // The order of a list is the script's own; a preference may overrule it.
    std::stable_sort(out.servers.begin(), out.servers.end(),
                     [](const auto& a, const auto& b) { return a.preference < b.preference; });

    for (lua_pushnil(lua); lua_next(lua, first_result) != 0; lua_pop(lua, 1)) {
        if (lua_isinteger(lua, -2) != 0 && lua_tointeger(lua, -2) >= 1 &&
            static_cast<lua_Unsigned>(lua_tointeger(lua, -2)) <= length)
            continue;
        if (lua_type(lua, -2) != LUA_TSTRING) return base::fail("the server map has {} as a key", describe(lua, -2));
        const auto key = text_at(lua, -2);
        if (key == "transport") {
            if (lua_type(lua, -1) != LUA_TSTRING || !mail::is_transport_name(text_at(lua, -1)))
                return base::fail("transport is {}; the name of a master.cf service is expected", describe(lua, -1));
            out.transport = text_at(lua, -1);
            continue;
        }
        if (length > 0) return base::fail("the server map mixes a list with the key \"{}\"", base::printable(key, 80));
        auto server = mail::parse_server(key);
        if (!server) return tl::unexpected(server.error());
        const auto preference = small_number(lua, -1);
        if (!preference)
            return base::fail("the preference of \"{}\" is {}; a whole number up to 65535 is expected", server->host,
                              describe(lua, -1));
        server->preference = *preference;
        if (out.servers.size() == mail::max_nexthop_hosts)
            return base::fail("the server map has more than {} servers", mail::max_nexthop_hosts);
        out.servers.push_back(*std::move(server));
    }
    if (length == 0) mail::sort_by_preference(out.servers);
    if (out.servers.empty() && out.transport.empty())
        return base::fail("the server map is empty; return nil to change nothing, or false as the second value to fail the mail");
    return out;
}

}  // namespace

base::Result<std::optional<bool>> read_check_cache(lua_State* lua) {
    if (lua_isnoneornil(lua, first_result)) return std::optional<bool>{};
    if (lua_isboolean(lua, first_result)) return std::optional<bool>(lua_toboolean(lua, first_result) != 0);
    return base::fail("it returned {}; true (the cache may be used), false or nil is expected", describe(lua, first_result));
}

base::Result<decide::Overrides> read_overrides(lua_State* lua) {
    decide::Overrides out;
    lua_settop(lua, second);
    if (!lua_isnil(lua, second)) {
        if (!lua_isboolean(lua, second))
            return base::fail("its second value is {}; true, false (fail the mail) or nil is expected", describe(lua, second));
        out.go_on = lua_toboolean(lua, second) != 0;
    }
    if (lua_type(lua, first_result) == LUA_TSTRING) {
        auto server = mail::parse_server(text_at(lua, first_result));
        if (!server) return tl::unexpected(server.error());
        out.map = mail::ServerMap{{*std::move(server)}, {}};
    } else if (lua_istable(lua, first_result)) {
        auto map = map_from_table(lua);
        if (!map) return tl::unexpected(map.error());
        out.map = *std::move(map);
    } else if (!lua_isnil(lua, first_result)) {
        return base::fail("it returned {}; a server map (a host name or a table) or nil is expected", describe(lua, first_result));
    }
    if (out.map) {
        // What cannot be written into a nexthop is the script's mistake: it is told here, with its line.
        if (auto text = mail::nexthop_text(*out.map); !text) return tl::unexpected(text.error());
    }
    return out;
}

base::Result<decide::ServerAnswer> read_server_answer(lua_State* lua) {
    decide::ServerAnswer out;
    if (lua_isnoneornil(lua, first_result)) return out;
    if (!lua_isboolean(lua, first_result))
        return base::fail("it returned {}; true (use the server), false or nil (keep defaultResult) is expected",
                          describe(lua, first_result));
    out.use = lua_toboolean(lua, first_result) != 0;
    if (lua_isnoneornil(lua, second)) return out;
    const auto minutes = lua_tonumber(lua, second);
    if (lua_type(lua, second) != LUA_TNUMBER || !std::isfinite(minutes) || minutes < 0)
        return base::fail("its second value is {}; a number of minutes is expected", describe(lua, second));
    out.minutes = minutes;
    return out;
}

}  // namespace nexthopd::script
