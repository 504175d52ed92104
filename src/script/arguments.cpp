#include "script/arguments.hpp"

#include <cmath>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "script/store.hpp"

namespace nexthopd::script {

// No object with a destructor may live where Lua raises an error: it jumps over it.

namespace {

/// The name in `known` that is meant; an empty text when none is near.
const char* nearest_key(std::string_view key, std::initializer_list<const char*> known) {
    const std::vector<std::string_view> names(known.begin(), known.end());
    const auto found = base::nearest(key, names);
    return found.empty() ? "" : found.data();
}

void refuse_key(lua_State* lua, const char* key, const char* function, const char* near) {
    if (*near != '\0')
        luaL_error(lua, "\"%s\" is no key of %s; did you mean \"%s\"?", key, function, near);
    luaL_error(lua, "\"%s\" is no key of %s", key, function);
}

/// nullopt: neither a number nor a text of that form.
std::optional<base::Duration> length_at(lua_State* lua, int index) {
    if (lua_type(lua, index) == LUA_TNUMBER) {
        const double seconds = lua_tonumber(lua, index);
        constexpr double longest = 366.0 * 86'400;
        if (!(seconds > 0) || seconds > longest) return std::nullopt;
        return base::Duration(std::llround(seconds * 1e9));
    }
    if (lua_type(lua, index) != LUA_TSTRING) return std::nullopt;
    std::size_t size = 0;
    const char* const text = lua_tolstring(lua, index, &size);
    return parse_length({text, size});
}

}  // namespace

void check_keys(lua_State* lua, int index, const char* function, std::initializer_list<const char*> known) {
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua,
                       "%s: a %s is a key of the table; names are expected, as in {server = \"mx1\"}",
                       function, luaL_typename(lua, -2));
        const char* const key = lua_tostring(lua, -2);
        bool found = false;
        for (const char* const name : known)
            found = found || std::string_view(key) == name;
        if (!found) refuse_key(lua, key, function, nearest_key(key, known));
    }
}

std::string_view text_field(lua_State* lua, int index, const char* function, const char* key) {
    std::string_view out;
    lua_pushstring(lua, key);
    const int type = lua_rawget(lua, index);
    if (type == LUA_TSTRING) {
        std::size_t size = 0;
        const char* const text = lua_tolstring(lua, -1, &size);
        out = {text, size};
    } else if (type != LUA_TNIL) {
        luaL_error(lua, "%s: %s is a %s; a text is expected", function, key, lua_typename(lua, type));
    }
    lua_pop(lua, 1);
    return out;
}

char class_field(lua_State* lua, int index, const char* function, char otherwise) {
    char out = otherwise;
    lua_pushliteral(lua, "class");
    const int type = lua_rawget(lua, index);
    if (type != LUA_TNIL) {
        std::size_t size = 0;
        const char* const text = lua_tolstring(lua, -1, &size);
        if (text == nullptr || size != 1 || (*text != '2' && *text != '4' && *text != '5'))
            luaL_error(lua, "%s: class is not \"2\", \"4\" or \"5\"", function);
        out = *text;
    }
    lua_pop(lua, 1);
    return out;
}

lua_Integer integer_field(lua_State* lua, int index, const char* function, const char* key,
                          lua_Integer otherwise, lua_Integer least) {
    lua_Integer out = otherwise;
    lua_pushstring(lua, key);
    const int type = lua_rawget(lua, index);
    if (type != LUA_TNIL) {
        int whole = 0;
        out = type == LUA_TNUMBER ? lua_tointegerx(lua, -1, &whole) : 0;
        if (whole == 0 || out < least)
            luaL_error(lua, "%s: %s is not a whole number from %I", function, key,
                       static_cast<LUAI_UACINT>(least));
    }
    lua_pop(lua, 1);
    return out;
}

std::int64_t seconds_field(lua_State* lua, int index, const char* function, const char* key,
                           std::int64_t otherwise, std::int64_t longest) {
    std::int64_t out = otherwise;
    lua_pushstring(lua, key);
    if (lua_rawget(lua, index) != LUA_TNIL) {
        const auto length = length_at(lua, -1);
        out = length ? std::chrono::ceil<std::chrono::seconds>(*length).count() : 0;
        if (out < 1 || out > longest)
            luaL_error(lua,
                       "%s: %s is not a time such as \"15m\" or 900 (seconds), at most %I seconds",
                       function, key, static_cast<LUAI_UACINT>(longest));
    }
    lua_pop(lua, 1);
    return out;
}

std::int64_t nanoseconds_argument(lua_State* lua, int argument) {
    const auto length = length_at(lua, argument);
    if (!length) luaL_argerror(lua, argument, "a time such as \"15m\" or 900 (seconds) is expected");
    return length->count();
}

}  // namespace nexthopd::script
