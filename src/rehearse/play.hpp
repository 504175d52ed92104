// A test that runs: its stage, and what it has said and expected so far. For the functions of the test's Lua.
#pragma once

#include <lua.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rehearse/stage.hpp"

namespace nexthopd::rehearse {

struct Play {
    struct Test {
        std::string name;
        int function = LUA_NOREF;
    };

    std::string script;                  // path
    std::vector<Test> tests;             // in their order
    std::unique_ptr<Stage> stage;        // nullptr: no test runs
    std::optional<StagedAnswer> answer;  // of the last question
    std::size_t expected = 0;            // expectations of this test
    std::string text;                    // one that outlives Lua's errors, which jump over destructors

    /// Of the state that runs.
    static Play& of(lua_State* lua) { return **static_cast<Play**>(lua_getextraspace(lua)); }
    /// An error outside of a test.
    static Stage& stage_of(lua_State* lua, const char* function);
};

/// Each adds its names to the globals.
void add_given(lua_State* lua);
void add_expect(lua_State* lua);

}  // namespace nexthopd::rehearse
