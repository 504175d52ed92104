// What a script cannot do: reach outside, run longer than its time, take more than its memory.

#include "base/text.hpp"
#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;
using namespace std::chrono_literals;

TEST_CASE("what is not in the library") {
    for (const char* name :
         {"io",         "package",     "require",   "module",    "debug",          "coroutine",
          "load",       "loadstring",  "loadfile",  "dofile",    "collectgarbage", "warn",
          "os.execute", "os.exit",     "os.getenv", "os.remove", "os.rename",      "os.setlocale",
          "os.tmpname", "string.dump", "setfenv",   "getfenv",   "newproxy",       "ffi",
          "jit"}) {
        INFO(name);
        CHECK(printed_by(std::string("print(") + name + ")") == "nil");
    }
}

TEST_CASE("what is in the library") {
    for (const char* name : {"assert",       "error",      "ipairs",        "next",
                             "pairs",        "pcall",      "xpcall",        "select",
                             "tonumber",     "tostring",   "type",          "getmetatable",
                             "setmetatable", "rawequal",   "rawget",        "rawlen",
                             "rawset",       "print",      "unpack",        "table.unpack",
                             "table.concat", "table.sort", "string.format", "string.rep",
                             "string.gsub",  "math.floor", "utf8.char",     "os.time",
                             "os.date",      "os.clock",   "os.difftime",   "VPOP3.PostgresQuery",
                             "nexthop.count"}) {
        INFO(name);
        CHECK(printed_by(std::string("print(type(") + name + "))") == "function");
    }
    CHECK(printed_by("print(_VERSION, ('x'):rep(3), #'abc', unpack({1, 2}))") == "Lua 5.4\txxx\t3\t1\t2");
}

TEST_CASE("nothing leads to what is not there") {
    const std::pair<const char*, const char*> rows[] = {
        {"print(_G.io, _G._G == _G, getmetatable(_ENV), _ENV.print == _G.print)", "nil\ttrue\tfalse\ttrue"},
        {"for k in pairs(_G) do print(k) end", ""},  // the proxy is empty: there is no list of globals
        {"print(getmetatable(_G))", "false"},
        {"setmetatable(_G, {})", "error: rules.lua:2: cannot change a protected metatable"},
        {"print(getmetatable('').__index == string, getmetatable('').__index.dump)", "true\tnil"},
        {"print(getmetatable(print), getmetatable(1))", "nil\tnil"},
        {"setmetatable({}, {__gc = print})", "error: rules.lua:2: __gc is not available to scripts"},
        {"setmetatable({}, {__gc = false})", "error: rules.lua:2: __gc is not available to scripts"},
        {"local m = setmetatable({}, {}) getmetatable(m).__gc = function() print('ran') end m = nil "
         "print('ok')",
         "ok"},
        {"setmetatable({}, 7)",
         "error: rules.lua:2: bad argument #2 to 'setmetatable' (nil or table expected, got number)"},
        {"setmetatable(7, {})",
         "error: rules.lua:2: bad argument #1 to 'setmetatable' (table expected, got number)"},
        {"print(getmetatable(setmetatable({}, {__metatable = 'mine'})))", "mine"},
        {"setmetatable(setmetatable({}, {__metatable = 1}), nil)",
         "error: rules.lua:2: cannot change a protected metatable"},
        {"print(#tostring(print) > 0, pcall(string.rep, 'x', -1))", "true\ttrue\t"},
    };
    for (const auto& [body, wanted] : rows) {
        INFO(body);
        CHECK(printed_by(body) == wanted);
    }
}

TEST_CASE("whatever a hook runs, it is stopped at its limit") {
    const std::pair<const char*, const char*> rows[] = {
        {"a loop", "while true do end"},
        {"a loop with calls", "local function f() end while true do f() end"},
        {"recursion in tail position", "local function f() return f() end f()"},
        {"goto", "::again:: goto again"},
        {"a numeric for", "for i = 1, math.maxinteger do end"},
        {"inside pcall", "pcall(function() while true do end end)"},
        {"pcall around and around", "while true do pcall(function() while true do end end) end"},
        {"inside xpcall, and its handler",
         "xpcall(function() while true do end end, function() while true do end end)"},
        {"in the handler of xpcall", "xpcall(error, function() while true do end end)"},
        {"in a sort comparator", "table.sort({3, 1, 2}, function(a, b) while true do end end)"},
        {"in a gsub callback", "('abc'):gsub('.', function() while true do end end)"},
        {"a sort comparator inside pcall, again and again",
         "while true do pcall(table.sort, {3, 1, 2}, function() while true do end end) end"},
        {"a gsub callback inside pcall, again and again",
         "while true do pcall(string.gsub, 'abc', '.', function() while true do end end) end"},
        {"pcall inside a comparator",
         "table.sort({3, 1, 2}, function() while true do pcall(function() while true do end end) end end)"},
        {"in __tostring, called by print",
         "print(setmetatable({}, {__tostring = function() while true do end end}))"},
        {"in __index", "local t = setmetatable({}, {__index = function() while true do end end}) return t.x"},
        {"in __close", "local c <close> = setmetatable({}, {__close = function() while true do end end})"},
        {"in __close, after the time is over",
         "local c <close> = setmetatable({}, {__close = function() while true do end end}) while true do "
         "end"},
        {"in __lt, called by sort",
         "local m = {__lt = function() while true do end end} "
         "table.sort({setmetatable({}, m), setmetatable({}, m), setmetatable({}, m)})"},
        {"in an iterator", "for x in function() while true do end end do end"},
        {"errors again and again", "while true do pcall(error, {}) end"},
    };
    for (const auto& [name, body] : rows) {
        INFO(name);
        const auto start = base::Instant::clock::now();
        CHECK(printed_by(body, little) == "out of time");
        CHECK(base::Instant::clock::now() - start < 10s);  // far above the limit: the machine may be busy
    }
}

TEST_CASE("a hook that was stopped does no harm to the next") {
    FakeHost host;
    const auto vm = load(
        "function CheckServer(d, s) if s == 'slow' then left = 1 while true do end end return left == nil "
        "end");
    for (int i = 0; i < 5; ++i) {
        HookRun slow(vm, host, "");
        REQUIRE(slow.check_server("example.com", "slow", {}, true, within(5ms)) == HookState::out_of_time);
        CHECK(slow.hook_name() == std::string("CheckServer"));
        HookRun quick(vm, host, "");
        REQUIRE(quick.check_server("example.com", "quick", {}, true, within(plenty)) == HookState::finished);
        CHECK(quick.server_answer()->use == true);
    }
}

TEST_CASE("a hook whose time is over before it begins, and one that resumes too late") {
    FakeHost host;
    HookRun late(load("function GetCheckCache() while true do end end"), host, "");
    CHECK(late.get_check_cache("example.com", {}, base::Instant::clock::now() - 1s) ==
          HookState::out_of_time);
    host.answer = [](std::string_view sql) { return PendingQuery{std::string(sql), {}, {"v"}}; };
    HookRun resumed(load("function GetCheckCache() VPOP3.PostgresQuery('x') while true do end end"), host,
                    "");
    REQUIRE(resumed.get_check_cache("example.com", {}, within(plenty)) == HookState::waiting);
    CHECK(resumed.resume(one_value("v", "1"), within(little)) == HookState::out_of_time);
}

TEST_CASE("memory is limited") {
    Vm::Options options;
    options.memory = 4U << 20U;
    const std::pair<const char*, const char*> rows[] = {
        {"one long text", "print(#('x'):rep(100000000))"},
        {"texts that double", "local s = 'x' while true do s = s .. s end"},
        {"a table that grows", "local t = {} for i = 1, 1e9 do t[i] = i end"},
        {"tables in tables", "local t = {} while true do t = {t} end"},
        {"closures", "local f while true do local g = f f = function() return g end end"},
        {"a global", "t = {} while true do t[#t + 1] = {} end"},
        {"concat", "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(100) end print(#table.concat(t))"},
        {"format", "local s = ('x'):rep(3e6) print(#string.format('%s%s%s', s, s, s))"},
        {"gsub", "print(#('x'):rep(1e5):gsub('x', ('y'):rep(1e4)))"},
        {"unpack", "print(select('#', table.unpack({}, 1, 1e6)))"},
    };
    for (const auto& [name, body] : rows) {
        INFO(name);
        const auto found = printed_by(body, plenty, options);
        const bool stopped = found.find("not enough memory") != std::string::npos ||
                             found.find("too many results to unpack") != std::string::npos;
        INFO(found);
        CHECK(stopped);
    }
}

TEST_CASE("what a hook used is given back, also after it hit the limit") {
    Vm::Options options;
    options.memory = 4U << 20U;
    FakeHost host;
    const auto vm = load(R"(
        function CheckServer(domain, server)
            if server == 'greedy' then kept = {} for i = 1, 1e9 do kept[i] = {} end end
            if server == 'large' then local s = ('x'):rep(2e6) end
            return true
        end)",
                         options);
    for (int i = 0; i < 20; ++i) {
        {
            HookRun greedy(vm, host, "");
            REQUIRE(greedy.check_server("example.com", "greedy", {}, true, within(plenty)) == HookState::failed);
            CHECK(greedy.error() == "not enough memory");
        }
        HookRun large(vm, host, "");
        REQUIRE(large.check_server("example.com", "large", {}, true, within(plenty)) == HookState::finished);
    }
    CHECK(vm->memory_used() < 2 * options.memory);
}

TEST_CASE("a pcall that catches the end of memory is still stopped") {
    Vm::Options options;
    options.memory = 2U << 20U;
    CHECK(printed_by("while true do pcall(string.rep, 'x', 1e8) end", little, options) == "out of time");
}

TEST_CASE("a file that takes too much memory does not load") {
    Vm::Options options;
    options.memory = 1U << 20U;
    const auto vm = try_load("t = {} for i = 1, 1e9 do t[i] = {} end", options);
    REQUIRE_FALSE(vm);
    CHECK(vm.error().text == "not enough memory");
}
