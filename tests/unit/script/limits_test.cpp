// What a script cannot do: reach outside, run longer than its time, take more than its memory.

#include "base/text.hpp"
#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;
using namespace std::chrono_literals;

TEST_CASE("what is not in the library") {
    for (const char* name :
         {"io",         "package",     "module",    "debug",          "coroutine",
          "load",       "loadstring",  "loadfile",  "dofile",    "collectgarbage", "warn",
          "os.execute", "os.exit",     "os.getenv", "os.remove", "os.rename",      "os.setlocale",
          "os.tmpname", "string.dump", "string.pack", "string.unpack", "setfenv",   "getfenv",   "newproxy",       "ffi",
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
        {"one long text", "local s = ('x'):rep(1e6) print(#(s .. s))"},
        {"texts that double", "local s = 'x' while true do s = s .. s end"},
        {"a table that grows", "local t = {} for i = 1, 1e9 do t[i] = i end"},
        {"tables in tables", "local t = {} while true do t = {t} end"},
        {"closures", "local f while true do local g = f f = function() return g end end"},
        {"a global", "t = {} while true do t[#t + 1] = {} end"},
        {"concat", "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(100) end print(#table.concat(t))"},
        {"format", "local s = ('x'):rep(9e5) print(#string.format('%s%s%s', s, s, s))"},
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
    CHECK(printed_by("local s = ('x'):rep(1e6) print(#(s .. s))") ==
          "error: not enough memory: a text has at most 1048576 bytes");
    CHECK(printed_by("print(#('x'):rep(1048576), #('ab'):rep(3, '--'))") == "1048576\t10");
    CHECK(printed_by("('x'):rep(1048577)") == "error: rules.lua:2: resulting string too large");
}

TEST_CASE("what a hook used is given back, also after it hit the limit") {
    Vm::Options options;
    options.memory = 4U << 20U;
    FakeHost host;
    const auto vm = load(R"(
        function CheckServer(domain, server)
            if server == 'greedy' then kept = {} for i = 1, 1e9 do kept[i] = {} end end
            if server == 'large' then local s = ('x'):rep(9e5) end
            return true
        end)",
                         options);
    for (int i = 0; i < 20; ++i) {
        {
            HookRun greedy(vm, host, "");
            REQUIRE(greedy.check_server("example.com", "greedy", {}, true, within(plenty)) ==
                    HookState::failed);
            CHECK(greedy.error() == "not enough memory");
            CHECK(vm->out_of_memory());
        }
        HookRun large(vm, host, "");
        REQUIRE(large.check_server("example.com", "large", {}, true, within(plenty)) == HookState::finished);
    }
    CHECK(vm->memory_used() < 2 * options.memory);
}

TEST_CASE("no pcall goes on after the end of memory") {
    Vm::Options options;
    options.memory = 8U << 20U;
    const char* const fill = "local t = {} for i = 1, 1e9 do t[i] = {} end ";
    const char* const greedy = "local function more() local t = {} for i = 1, 1e9 do t[i] = {} end end ";
    for (const std::string& body :
         {std::string("pcall(function() ") + fill + "end) print('on')",
          std::string(greedy) + "while true do pcall(more) end",
          std::string(greedy) +
              "pcall(table.sort, {2, 1}, function() pcall(more) pcall(more) end) print('on')",
          std::string(greedy) + "xpcall(more, function() more() end) print('on')",
          std::string("local kept = {} pcall(function() for i = 1, 1e9 do kept[i] = {i} end end) kept = nil "
                      "print('on')")}) {
        INFO(body);
        const auto start = cpu_time();
        CHECK(printed_by(body, plenty, options) == "error: not enough memory");
        CHECK(cpu_time() - start < 10 * overshoot);
    }
}

TEST_CASE("what is caught in vain is a text that was too long, not the end of memory") {
    FakeHost host;
    const auto vm = load(
        "function CheckServer(d, s) if s == 'long' then local t = ('x'):rep(1e6) t = t .. t end return true "
        "end");
    HookRun run(vm, host, "");
    REQUIRE(run.check_server("example.com", "long", {}, true, within(plenty)) == HookState::failed);
    CHECK_FALSE(vm->out_of_memory());
}

TEST_CASE("library functions that loop in C end in time") {
    const std::pair<const char*, const char*> rows[] = {
        {"rep of nothing", "(''):rep(1e9)"},
        {"rep of nothing, many times", "while true do (''):rep(1e6) end"},
        {"rep", "while true do ('x'):rep(1e6) end"},
        {"sort of a length that is claimed",
         "table.sort(setmetatable({}, {__len = function() return 2^31 - 2 end}), print)"},
        {"sort",
         "local t = {} for i = 1, 5e5 do t[i] = i * 7919 % 1000003 end while true do table.sort(t) end"},
        {"sort in pcall",
         "local t = {} for i = 1, 1e5 do t[i] = i * 7919 % 1000003 end while true do pcall(table.sort, t) "
         "end"},
        {"sort by a comparison that is never satisfied",
         "local t = {} for i = 1, 1e5 do t[i] = i end while true do pcall(table.sort, t, function() return "
         "true end) end"},
        {"concat of a length that is claimed",
         "table.concat(setmetatable({}, {__index = type}), '', 1, 1e9)"},
        {"concat", "local t = {} for i = 1, 1e5 do t[i] = 'x' end while true do table.concat(t) end"},
        {"concat of long texts",
         "local t, s = {}, ('x'):rep(1e5) for i = 1, 10 do t[i] = s end while true do table.concat(t) end"},
        {"unpack", "while true do pcall(table.unpack, {}, 1, 9e5) end"},
        {"unpack, its older name", "while true do pcall(unpack, {}, 1, 9e5) end"},
        {"insert at the front",
         "local t = {} for i = 1, 2e5 do t[i] = i end while true do table.insert(t, 1, 1) end"},
        {"remove from the front",
         "local t = {} for i = 1, 2e5 do t[i] = i end while true do table.remove(t, 1) table.insert(t, 1) "
         "end"},
        {"move", "local t = {} while true do table.move(t, 1, 1e9, 2) end"},
        {"format",
         "local f, t = ('%.99f'):rep(1e5), {} for i = 1, 1e5 do t[i] = 1e308 end while true do "
         "pcall(string.format, f, unpack(t)) end"},
        {"date", "local f = ('%c'):rep(1e5) while true do os.date(f) end"},
        {"comparing long texts",
         "local a, b = ('x'):rep(1e6), ('x'):rep(1e6) while true do local c = a == b c = a < b end"},
        {"joining long texts", "local a = ('x'):rep(9e5) while true do local b = a .. 'y' end"},
        {"upper", "local a = ('x'):rep(1e6) while true do a:upper() end"},
        {"reverse, len, byte",
         "local a = ('x'):rep(1e6) while true do a:reverse() utf8.len(a) a:byte(1, 1e5) end"},
        {"next over what is gone",
         "local t = {} for i = 1, 1e5 do t[i .. ''] = 1 end for k in pairs(t) do t[k] = nil end while true "
         "do next(t) end"},
        {"many arguments",
         "local function f(...) while true do local a = {...} end end f(table.unpack({}, 1, 1e5))"},
        {"maxn", "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.maxn(t) end"},
    };
    for (const auto& [name, body] : rows) {
        INFO(name);
        const auto start = cpu_time();
        const auto found = printed_by(body, std::chrono::milliseconds(60));
        if (found.find("stack overflow") == std::string::npos) CHECK(found == "out of time");
        const std::chrono::duration<double, std::milli> took = cpu_time() - start;
        CAPTURE(took.count());
        CHECK(took < overshoot);
    }
}

TEST_CASE("a file that takes too much memory does not load") {
    Vm::Options options;
    options.memory = 1U << 20U;
    const auto vm = try_load("t = {} for i = 1, 1e9 do t[i] = {} end", options);
    REQUIRE_FALSE(vm);
    CHECK(vm.error().text == "not enough memory");
}
