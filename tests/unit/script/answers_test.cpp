#include "script/answers.hpp"

#include "base/text.hpp"
#include "mail/nexthop.hpp"
#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;

namespace {

struct Row {
    std::string returned;
    std::string wanted;
};

/// The function is in line 2, so that the line of an error is seen to be the function's.
std::shared_ptr<Vm> returning(const std::string& hook, const std::string& values) {
    return load("-- a comment\nfunction " + hook + "(...)\n  return " + values + "\nend");
}

void expect_error(const std::string& hook, const std::string& text, const std::string& wanted) {
    CHECK(text == "rules.lua:2: " + hook + ": " + wanted);
}

std::string overrides_text(const std::string& values) {
    FakeHost host;
    HookRun run(returning("GetOverrides", values), host, "");
    REQUIRE(run.get_overrides("example.com", {}, within(plenty)) == HookState::finished);
    const auto answer = run.overrides_answer();
    if (!answer) return answer.error().text;
    auto out = answer->map ? mail::nexthop_text(*answer->map).value() : std::string("nil");
    if (answer->map)
        for (const auto& server : answer->map->servers)
            out += " " + std::to_string(server.preference);
    return answer->go_on ? out : out + " stop";
}

}  // namespace

TEST_CASE("what GetCheckCache may return") {
    const std::pair<std::string, std::optional<bool>> accepted[] = {
        {"", std::nullopt}, {"nil", std::nullopt}, {"true", true}, {"false", false}, {"true, 7", true},
    };
    for (const auto& [values, wanted] : accepted) {
        INFO(values);
        FakeHost host;
        HookRun run(returning("GetCheckCache", values), host, "");
        REQUIRE(run.get_check_cache("example.com", {}, within(plenty)) == HookState::finished);
        const auto answer = run.check_cache_answer();
        REQUIRE(answer);
        CHECK(*answer == wanted);
    }
    const Row refused[] = {
        {"1", "it returned the number 1; true (the cache may be used), false or nil is expected"},
        {"'yes'", "it returned the text \"yes\"; true (the cache may be used), false or nil is expected"},
        {"{}", "it returned a table; true (the cache may be used), false or nil is expected"},
        {"print", "it returned a function; true (the cache may be used), false or nil is expected"},
    };
    for (const auto& row : refused) {
        INFO(row.returned);
        FakeHost host;
        HookRun run(returning("GetCheckCache", row.returned), host, "");
        REQUIRE(run.get_check_cache("example.com", {}, within(plenty)) == HookState::finished);
        const auto answer = run.check_cache_answer();
        REQUIRE_FALSE(answer);
        expect_error("GetCheckCache", answer.error().text, row.wanted);
    }
}

TEST_CASE("what CheckServer may return") {
    struct Accepted {
        std::string returned;
        std::optional<bool> use;
        std::optional<double> minutes;
    };
    const Accepted accepted[] = {
        {"", {}, {}},
        {"nil", {}, {}},
        {"nil, 10", {}, {}},
        {"true", true, {}},
        {"false", false, {}},
        {"false, nil", false, {}},
        {"false, 10", false, 10.0},
        {"false, 0", false, 0.0},
        {"false, 0.5", false, 0.5},
        {"false, 1e9", false, 1e9},
        {"true, 5", true, 5.0},
        {"false, 10, 'more'", false, 10.0},
    };
    for (const auto& row : accepted) {
        INFO(row.returned);
        FakeHost host;
        HookRun run(returning("CheckServer", row.returned), host, "");
        REQUIRE(run.check_server("example.com", "mx1", {}, true, within(plenty)) == HookState::finished);
        const auto answer = run.server_answer();
        REQUIRE(answer);
        CHECK(answer->use == row.use);
        CHECK(answer->minutes == row.minutes);
    }
    const Row refused[] = {
        {"0",
         "it returned the number 0; true (use the server), false or nil (keep defaultResult) is expected"},
        {"'no'",
         "it returned the text \"no\"; true (use the server), false or nil (keep defaultResult) is expected"},
        {"'a\\n\\27'",
         "it returned the text \"a\\x0a\\x1b\"; true (use the server), false or nil (keep defaultResult) is "
         "expected"},
        {"{false, 10}",
         "it returned a table; true (use the server), false or nil (keep defaultResult) is expected"},
        {"false, '10'", "its second value is the text \"10\"; a number of minutes is expected"},
        {"false, -1", "its second value is the number -1; a number of minutes is expected"},
        {"false, 0/0", "its second value is the number -nan; a number of minutes is expected"},
        {"false, 1/0", "its second value is the number inf; a number of minutes is expected"},
        {"false, {}", "its second value is a table; a number of minutes is expected"},
        {"true, true", "its second value is true; a number of minutes is expected"},
    };
    for (const auto& row : refused) {
        INFO(row.returned);
        FakeHost host;
        HookRun run(returning("CheckServer", row.returned), host, "");
        REQUIRE(run.check_server("example.com", "mx1", {}, true, within(plenty)) == HookState::finished);
        const auto answer = run.server_answer();
        REQUIRE_FALSE(answer);
        expect_error("CheckServer", answer.error().text, row.wanted);
    }
}

TEST_CASE("server maps that are accepted") {
    const Row rows[] = {
        {"", "nil"},
        {"nil", "nil"},
        {"nil, nil", "nil"},
        {"nil, true", "nil"},
        {"nil, false", "nil stop"},
        {"'mx1.example.com'", ":[mx1.example.com] 0"},
        {"'MX1.Example.com.:2525', true", ":[mx1.example.com]:2525 0"},
        {"'mx1.example.com', false", ":[mx1.example.com] 0 stop"},
        {"'2001:db8::1'", ":[2001:db8::1] 0"},
        {"{'b.test', 'a.test:2525'}", ":[b.test], [a.test]:2525 0 0"},
        {"{['b.test'] = 10, ['a.test'] = 10, ['c.test:26'] = 5}", ":[c.test]:26, [a.test], [b.test] 5 10 10"},
        {"{{server = 'b.test', preference = 20}, {server = 'a.test', preference = 10, port = 26}}",
         ":[a.test]:26, [b.test] 10 20"},
        {"{{server = 'b.test'}, 'a.test'}", ":[b.test], [a.test] 0 0"},
        {"{{server = 'a.test:2525', preference = 1.0}}", ":[a.test]:2525 1"},
        {"{'a.test', transport = 'slow'}", "slow:[a.test] 0"},
        {"{['a.test'] = 1, transport = 'slow'}", "slow:[a.test] 1"},
        {"{transport = 'slow'}", "slow:"},
        {"setmetatable({'a.test'}, {__index = error, __pairs = error, __len = error})", ":[a.test] 0"},
        {"(function() local t = {} for i = 1, 50 do t[i] = 'mx' .. i .. '.test' end return t end)()",
         [] {
             std::string out = ":";
             std::string preferences;
             for (int i = 1; i <= 50; ++i) {
                 out += (i > 1 ? ", [mx" : "[mx") + std::to_string(i) + ".test]";
                 preferences += " 0";
             }
             return out + preferences;
         }()},
    };
    for (const auto& row : rows) {
        INFO(row.returned);
        CHECK(overrides_text(row.returned) == row.wanted);
    }
}

TEST_CASE("server maps that are refused, with what is expected") {
    const std::string form =
        " is not a server; write mx1.example.com, mx1.example.com:2525 or [2001:db8::1]:2525";
    const Row rows[] = {
        {"7", "it returned the number 7; a server map (a host name or a table) or nil is expected"},
        {"true", "it returned true; a server map (a host name or a table) or nil is expected"},
        {"nil, 1", "its second value is the number 1; true, false (fail the mail) or nil is expected"},
        {"nil, 'no'", "its second value is the text \"no\"; true, false (fail the mail) or nil is expected"},
        {"''", "\"\"" + form},
        {"'a.test:0'", "\"a.test:0\"" + form},
        {"'[a.test]'", "\"[a.test]\"" + form},
        {"'a.test, b.test'", "\"a.test, b.test\"" + form},
        {"'a.test\\n'", "\"a.test\\x0a\"" + form},
        {"{}",
         "the server map is empty; return nil to change nothing, or false as the second value to fail the "
         "mail"},
        {"{7}", "entry 1 of the server map is the number 7; a host name or a table is expected"},
        {"{'a.test', false}", "entry 2 of the server map is false; a host name or a table is expected"},
        {"{{}}", "an entry of the server map has no \"server\""},
        {"{{preference = 1}}", "an entry of the server map has no \"server\""},
        {"{{server = 7}}", "server is the number 7; a host name is expected"},
        {"{{server = 'a b'}}", "\"a b\"" + form},
        {"{{server = 'a.test', prio = 1}}",
         "\"prio\" is no key of a server; the keys are server, preference and port"},
        {"{{'a.test'}}",
         "an entry of the server map has the number 1 as a key; the keys are server, preference and port"},
        {"{{server = 'a.test', port = 0}}", "port is the number 0; a whole number up to 65535 is expected"},
        {"{{server = 'a.test', port = '25'}}",
         "port is the text \"25\"; a whole number up to 65535 is expected"},
        {"{{server = 'a.test', port = 65536}}",
         "port is the number 65536; a whole number up to 65535 is expected"},
        {"{{server = 'a.test', preference = -1}}",
         "preference is the number -1; a whole number up to 65535 is expected"},
        {"{{server = 'a.test', preference = 1.5}}",
         "preference is the number 1.5; a whole number up to 65535 is expected"},
        {"{['a.test'] = 'first'}",
         "the preference of \"a.test\" is the text \"first\"; a whole number up to 65535 is expected"},
        {"{['a b'] = 1}", "\"a b\"" + form},
        {"{'a.test', ['b.test'] = 1}", "the server map mixes a list with the key \"b.test\""},
        {"{[0.5] = 'a.test'}", "the server map has the number 0.5 as a key"},
        {"{[true] = 'a.test'}", "the server map has true as a key"},
        {"{'a.test', transport = 'slow:'}",
         "transport is the text \"slow:\"; the name of a master.cf service is expected"},
        {"{'a.test', transport = 7}",
         "transport is the number 7; the name of a master.cf service is expected"},
        {"{transport = ''}", "transport is the text \"\"; the name of a master.cf service is expected"},
        {"'0.0.0.0'", "server \"0.0.0.0\" is not the address of a host"},
        {"(function() local t = {} for i = 1, 51 do t[i] = 'mx' .. i end return t end)()",
         "a server map of 51 servers; at most 50 are used"},
        {"(function() local t = {} for i = 1, 51 do t['mx' .. i] = i end return t end)()",
         "the server map has more than 50 servers"},
        {"(function() local t = {} for i = 1, 50 do t[i] = ('a'):rep(60) .. '.' .. ('b'):rep(60) .. '.' .. "
         "('c'):rep(60) end "
         "return t end)()",
         "the list of servers is longer than 8192 bytes"},
    };
    for (const auto& row : rows) {
        INFO(row.returned);
        expect_error("GetOverrides", overrides_text(row.returned), row.wanted);
    }
}

TEST_CASE("FinalOverrides answers in the same forms") {
    FakeHost host;
    HookRun run(returning("FinalOverrides", "{'a.test', transport = 'slow'}, false"), host, "");
    REQUIRE(run.final_overrides("example.com", {}, {}, within(plenty)) == HookState::finished);
    const auto answer = run.overrides_answer();
    REQUIRE(answer);
    CHECK(answer->map->transport == "slow");
    CHECK_FALSE(answer->go_on);
    HookRun bad(returning("FinalOverrides", "7"), host, "");
    REQUIRE(bad.final_overrides("example.com", {}, {}, within(plenty)) == HookState::finished);
    expect_error("FinalOverrides", bad.overrides_answer().error().text,
                 "it returned the number 7; a server map (a host name or a table) or nil is expected");
}

TEST_CASE("an explicit port stands beside that of the server's text, in whatever order Lua walks the table") {
    CHECK(overrides_text("{{server = 'a.test:2525', port = 26}}") == ":[a.test]:26 0");
    CHECK(overrides_text("{{port = 26, server = 'a.test:2525'}}") == ":[a.test]:26 0");
    CHECK(overrides_text("{{port = 25, preference = 1, server = 'a.test:2525'}}") == ":[a.test] 1");
}
