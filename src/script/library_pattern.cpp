// find, match, gmatch and gsub: Lua's, but with a matcher that can be stopped.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "script/library.hpp"
#include "script/pattern.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

// No object with a destructor may live in these functions: Lua's errors jump over it.

namespace {

constexpr std::ptrdiff_t none = -1;
constexpr char percent_sign = '%';

std::string_view check_text(lua_State* lua, int argument) {
    std::size_t length = 0;
    const char* const text = luaL_checklstring(lua, argument, &length);
    return {text, length};
}

/// The optional argument `init` as an offset; beyond the end of the text it is size + 1.
std::size_t start_offset(lua_State* lua, int argument, std::size_t size) {
    const lua_Integer init = luaL_optinteger(lua, argument, 1);
    const auto length = static_cast<lua_Integer>(size);
    if (init > length + 1) return size + 1;
    if (init > 0) return static_cast<std::size_t>(init) - 1;
    return init == 0 || init < -length ? 0 : static_cast<std::size_t>(length + init);
}

bool take_anchor(std::string_view& pattern) {
    const bool anchored = !pattern.empty() && pattern.front() == '^';
    if (anchored) pattern.remove_prefix(1);
    return anchored;
}

bool matches(lua_State* lua, Matcher& matcher, const char* at) {
    switch (matcher.match(at)) {
        case Matcher::Result::matched:
            return true;
        case Matcher::Result::unmatched:
            break;
        case Matcher::Result::malformed:
            luaL_error(lua, "%s", matcher.error());
            break;
        case Matcher::Result::stopped:
            // Where the time suffices, the match has used up its own steps.
            Thread::charge(lua, Steps::of_a_match / 100);
            luaL_error(lua, "the pattern needs more than %d steps on this text",
                       static_cast<int>(Steps::of_a_match));
            break;
    }
    return false;
}

void push_capture(lua_State* lua, const Matcher& matcher, std::size_t number, std::string_view subject,
                  const char* start) {
    if (number >= matcher.captures()) {
        if (number > 0) luaL_error(lua, "invalid capture index %%%d", static_cast<int>(number) + 1);
        lua_pushlstring(lua, start, static_cast<std::size_t>(matcher.end() - start));
        return;
    }
    const auto [text, length] = matcher.capture(number);
    if (length == Capture::position)
        lua_pushinteger(lua, text - subject.data() + 1);
    else if (length == Capture::open)
        luaL_error(lua, "unfinished capture");
    else
        lua_pushlstring(lua, text, static_cast<std::size_t>(length));
}

/// All captures, or without any the whole match where that is wanted.
int push_captures(lua_State* lua, const Matcher& matcher, std::string_view subject, const char* start,
                  bool or_whole) {
    const auto count = std::max<std::size_t>(matcher.captures(), or_whole ? 1 : 0);
    luaL_checkstack(lua, static_cast<int>(count), "too many captures");
    for (std::size_t i = 0; i < count; ++i)
        push_capture(lua, matcher, i, subject, start);
    return static_cast<int>(count);
}

int find_text(lua_State* lua, std::string_view subject, std::string_view wanted, std::size_t offset) {
    Thread::charge(lua, (subject.size() - offset) / 4);
    // std::string_view::find() takes size times size in the worst case; memmem() does not.
    const void* const found =
        memmem(subject.data() + offset, subject.size() - offset, wanted.data(), wanted.size());
    if (found == nullptr) {
        lua_pushnil(lua);
        return 1;
    }
    const auto at = static_cast<const char*>(found) - subject.data();
    lua_pushinteger(lua, at + 1);
    lua_pushinteger(lua, at + static_cast<std::ptrdiff_t>(wanted.size()));
    return 2;
}

int find_or_match(lua_State* lua, bool find) {
    const auto subject = check_text(lua, 1);
    auto pattern = check_text(lua, 2);
    const auto offset = start_offset(lua, 3, subject.size());
    if (offset > subject.size()) {
        lua_pushnil(lua);
        return 1;
    }
    if (find && (lua_toboolean(lua, 4) != 0 || pattern.find_first_of("^$*+?.([%-") == std::string_view::npos))
        return find_text(lua, subject, pattern, offset);

    const bool anchored = take_anchor(pattern);
    auto& steps = Thread::of(lua).steps();
    steps.begin_match();
    Matcher matcher(subject, pattern, steps);
    const char* const end = subject.data() + subject.size();
    for (const char* start = subject.data() + offset; start <= end; ++start) {
        if (matches(lua, matcher, start)) {
            if (!find) return push_captures(lua, matcher, subject, start, true);
            lua_pushinteger(lua, start - subject.data() + 1);
            lua_pushinteger(lua, matcher.end() - subject.data());
            return 2 + push_captures(lua, matcher, subject, start, false);
        }
        if (anchored) break;
    }
    lua_pushnil(lua);
    return 1;
}

int find(lua_State* lua) {
    return find_or_match(lua, true);
}
int match(lua_State* lua) {
    return find_or_match(lua, false);
}

/// Upvalues: text, pattern, offset to go on from, end of the last match.
int next_match(lua_State* lua) {
    const auto subject = check_text(lua, lua_upvalueindex(1));
    const auto pattern = check_text(lua, lua_upvalueindex(2));
    const auto offset = lua_tointeger(lua, lua_upvalueindex(3));
    const auto last = lua_tointeger(lua, lua_upvalueindex(4));
    auto& steps = Thread::of(lua).steps();
    steps.begin_match();
    Matcher matcher(subject, pattern, steps);
    const auto size = static_cast<lua_Integer>(subject.size());
    for (lua_Integer at = offset; at <= size; ++at) {
        const char* const start = subject.data() + at;
        if (!matches(lua, matcher, start)) continue;
        const lua_Integer end = matcher.end() - subject.data();
        if (end == last) continue;  // an empty match right behind the one before
        lua_pushinteger(lua, end);
        lua_copy(lua, -1, lua_upvalueindex(3));
        lua_replace(lua, lua_upvalueindex(4));
        return push_captures(lua, matcher, subject, start, true);
    }
    return 0;
}

int gmatch(lua_State* lua) {
    const auto subject = check_text(lua, 1);
    check_text(lua, 2);
    const auto offset = start_offset(lua, 3, subject.size());
    lua_settop(lua, 2);
    lua_pushinteger(lua, static_cast<lua_Integer>(offset));
    lua_pushinteger(lua, none);
    lua_pushcclosure(lua, next_match, 4);
    return 1;
}

/// The replacement text, with its %0 to %9.
void add_expanded(lua_State* lua, luaL_Buffer& out, const Matcher& matcher, std::string_view subject,
                  const char* start) {
    std::size_t length = 0;
    const char* const text = lua_tolstring(lua, 3, &length);
    Thread::charge(lua, length / 8);
    const char* const text_end = text + length;
    for (const char* p = text; p < text_end;) {
        const auto* mark =
            static_cast<const char*>(std::memchr(p, percent_sign, static_cast<std::size_t>(text_end - p)));
        if (mark == nullptr) mark = text_end;
        luaL_addlstring(&out, p, static_cast<std::size_t>(mark - p));
        if (mark == text_end) break;
        const char what = mark + 1 == text_end ? '\0' : mark[1];
        if (what == percent_sign) {
            luaL_addchar(&out, percent_sign);
        } else if (what == '0') {
            luaL_addlstring(&out, start, static_cast<std::size_t>(matcher.end() - start));
        } else if (what >= '1' && what <= '9') {
            push_capture(lua, matcher, static_cast<std::size_t>(what - '1'), subject, start);
            luaL_addvalue(&out);
        } else {
            luaL_error(lua, "invalid use of '%c' in replacement string", percent_sign);
        }
        p = mark + 2;
    }
}

/// Adds what a match is replaced with. False: it stays as it is.
bool add_replacement(lua_State* lua, luaL_Buffer& out, const Matcher& matcher, std::string_view subject,
                     const char* start) {
    const auto length = static_cast<std::size_t>(matcher.end() - start);
    switch (lua_type(lua, 3)) {
        case LUA_TFUNCTION: {
            lua_pushvalue(lua, 3);
            const int arguments = push_captures(lua, matcher, subject, start, true);
            lua_call(lua, arguments, 1);
            break;
        }
        case LUA_TTABLE:
            push_capture(lua, matcher, 0, subject, start);
            lua_gettable(lua, 3);
            break;
        default:
            add_expanded(lua, out, matcher, subject, start);
            return true;
    }
    if (lua_toboolean(lua, -1) == 0) {
        lua_pop(lua, 1);
        luaL_addlstring(&out, start, length);
        return false;
    }
    if (lua_isstring(lua, -1) == 0)
        luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
    luaL_addvalue(&out);
    return true;
}

int gsub(lua_State* lua) {
    const auto subject = check_text(lua, 1);
    auto pattern = check_text(lua, 2);
    const int type = lua_type(lua, 3);
    luaL_argexpected(
        lua, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
        "string/function/table");
    const lua_Integer most = luaL_optinteger(lua, 4, static_cast<lua_Integer>(subject.size()) + 1);
    const bool anchored = take_anchor(pattern);
    auto& steps = Thread::of(lua).steps();
    steps.begin_match();
    Matcher matcher(subject, pattern, steps);
    luaL_Buffer out;
    luaL_buffinit(lua, &out);
    const char* const end = subject.data() + subject.size();
    const char* last = nullptr;
    bool changed = false;
    lua_Integer count = 0;
    const char* at = subject.data();
    while (count < most) {
        if (matches(lua, matcher, at) && matcher.end() != last) {
            ++count;
            changed = add_replacement(lua, out, matcher, subject, at) || changed;
            at = last = matcher.end();
        } else if (at < end) {
            luaL_addchar(&out, *at++);
        } else {
            break;
        }
        if (anchored) break;
    }
    if (changed) {
        luaL_addlstring(&out, at, static_cast<std::size_t>(end - at));
        luaL_pushresult(&out);
    } else {
        lua_pushvalue(lua, 1);
    }
    lua_pushinteger(lua, count);
    return 2;
}

}  // namespace

void add_patterns(lua_State* lua) {
    constexpr luaL_Reg functions[] = {
        {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {nullptr, nullptr}};
    luaL_setfuncs(lua, functions, 0);
}

}  // namespace nexthopd::script
