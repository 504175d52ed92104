#include "rehearse/test_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "rehearse/play.hpp"

namespace nexthopd::rehearse {

namespace {

namespace fs = std::filesystem;

struct CloseState {
    void operator()(lua_State* lua) const { lua_close(lua); }
};
using LuaHandle = std::unique_ptr<lua_State, CloseState>;

/// script("rules.lua"): beside the test file.
int script(lua_State* lua) {
    const char* const name = luaL_checkstring(lua, 1);
    auto& play = Play::of(lua);
    if (play.stage) return luaL_error(lua, "script: outside of tests, it is for all of them");
    play.script = (fs::path(play.script).parent_path() / name).string();
    return 0;
}

/// test(name, function)
int test(lua_State* lua) {
    const char* const name = luaL_checkstring(lua, 1);
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    auto& play = Play::of(lua);
    if (play.stage) return luaL_error(lua, "test: not inside of another one");
    lua_settop(lua, 2);
    const int function = luaL_ref(lua, LUA_REGISTRYINDEX);
    play.tests.push_back({name, function});
    return 0;
}

std::string error_of(lua_State* lua) {
    std::string text = luaL_tolstring(lua, -1, nullptr);
    lua_settop(lua, 0);
    return text;
}

std::string script_of(const std::string& file) {
    constexpr std::string_view suffix = "_test.lua";
    return file.ends_with(suffix) ? file.substr(0, file.size() - suffix.size()) + ".lua" : file;
}

std::string failure_of(lua_State* lua, Play& play, const Play::Test& test, const MakeStage& make_stage) {
    auto stage = make_stage(play.script);
    if (!stage) return stage.error().text;
    play.stage = *std::move(stage);
    play.answer.reset();
    play.expected = 0;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, test.function);
    if (lua_pcall(lua, 0, 0, 0) != LUA_OK) return error_of(lua);
    return play.expected > 0 ? "" : "it expects nothing";
}

TestResult run_test(lua_State* lua, Play& play, const Play::Test& test, const MakeStage& make_stage) {
    const auto began = base::steady_now();
    TestResult out{test.name, failure_of(lua, play, test, make_stage), {}, 0};
    if (!out.failure.empty() && play.answer)
        for (const auto& step : play.answer->steps)
            out.steps.push_back(step.what + ": " + step.detail);
    play.stage.reset();
    out.seconds = std::chrono::duration<double>(base::steady_now() - began).count();
    return out;
}

}  // namespace

Stage& Play::stage_of(lua_State* lua, const char* function) {
    auto& play = of(lua);
    if (!play.stage) luaL_error(lua, "%s: only inside of a test", function);
    return *play.stage;
}

std::size_t FileResult::failures() const {
    return static_cast<std::size_t>(std::count_if(
        tests.begin(), tests.end(), [](const TestResult& test) { return !test.failure.empty(); }));
}

FileResult run_test_file(const std::string& file, const MakeStage& make_stage) {
    FileResult out{file, {}, {}};
    Play play;
    play.script = script_of(file);
    const LuaHandle state(luaL_newstate());
    lua_State* const lua = state.get();
    *static_cast<Play**>(lua_getextraspace(lua)) = &play;
    luaL_openlibs(lua);
    lua_register(lua, "script", script);
    lua_register(lua, "test", test);
    add_given(lua);
    add_expect(lua);
    if (luaL_loadfilex(lua, file.c_str(), "t") != LUA_OK || lua_pcall(lua, 0, 0, 0) != LUA_OK) {
        out.broken = error_of(lua);
        return out;
    }
    if (play.script == file)
        out.broken = fmt::format(
            "{}: which script is tested? Say script(\"FILE\"), or call the test FILE_test.lua", file);
    else if (play.tests.empty())
        out.broken = fmt::format("{}: it has no test(\"name\", function() ... end)", file);
    if (out.broken.empty())
        for (const auto& one : play.tests)
            out.tests.push_back(run_test(lua, play, one, make_stage));
    return out;
}

}  // namespace nexthopd::rehearse
