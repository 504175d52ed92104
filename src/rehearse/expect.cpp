// expect.*: a question is asked, and the answer is compared.
#include <string>

#include "rehearse/outcome.hpp"
#include "rehearse/play.hpp"
#include "script/arguments.hpp"

namespace nexthopd::rehearse {

namespace {

/// Asks about the recipient that is the first argument.
int expect(lua_State* lua, const char* function, const Expected& expected) {
    auto& stage = Play::stage_of(lua, function);
    const char* const recipient = luaL_checkstring(lua, 1);
    auto& play = Play::of(lua);
    ++play.expected;
    play.answer = stage.ask(recipient);
    play.text = difference(expected, play.answer->verdict, stage.time());
    if (play.text.empty()) return 0;
    return luaL_error(lua, "%s: %s", recipient, play.text.c_str());
}

/// expect.leave_alone(recipient)
int leave_alone(lua_State* lua) {
    return expect(lua, "expect.leave_alone", {Expected::Kind::leave_alone});
}

/// expect.hold(recipient [, "10m"])
int hold(lua_State* lua) {
    Expected expected{Expected::Kind::hold};
    if (!lua_isnoneornil(lua, 2)) expected.length = base::Duration(script::nanoseconds_argument(lua, 2));
    return expect(lua, "expect.hold", expected);
}

/// expect.route(recipient [, ":[mx2.example.com]"])
int route(lua_State* lua) {
    Expected expected{Expected::Kind::route};
    if (!lua_isnoneornil(lua, 2)) expected.nexthop = luaL_checkstring(lua, 2);
    return expect(lua, "expect.route", expected);
}

/// expect.fail(recipient)
int fail(lua_State* lua) {
    return expect(lua, "expect.fail", {Expected::Kind::fail});
}

/// expect.logged(text): a line that the script printed or logged during the last question contains it.
int logged(lua_State* lua) {
    Play::stage_of(lua, "expect.logged");
    auto& play = Play::of(lua);
    const std::string_view wanted = luaL_checkstring(lua, 1);
    ++play.expected;
    if (!play.answer) return luaL_error(lua, "expect.logged: nothing was asked yet");
    for (const auto& step : play.answer->steps)
        if (step.what == "print" && step.detail.find(wanted) != std::string::npos) return 0;
    return luaL_error(lua, "no line that was logged contains \"%s\"", wanted.data());
}

/// expect.equal(got, wanted): numbers, texts, booleans, nil
int equal(lua_State* lua) {
    ++Play::of(lua).expected;
    luaL_checkany(lua, 2);
    if (lua_compare(lua, 1, 2, LUA_OPEQ) != 0) return 0;
    return luaL_error(lua, "expected: %s; it is: %s", luaL_tolstring(lua, 2, nullptr),
                      luaL_tolstring(lua, 1, nullptr));
}

}  // namespace

void add_expect(lua_State* lua) {
    constexpr luaL_Reg functions[] = {
        {"leave_alone", leave_alone}, {"hold", hold},   {"route", route},  {"fail", fail},
        {"logged", logged},           {"equal", equal}, {nullptr, nullptr}};
    luaL_newlib(lua, functions);
    lua_setglobal(lua, "expect");
}

}  // namespace nexthopd::rehearse
