#include "script/vm.hpp"

#include "base/text.hpp"
#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;
using namespace std::chrono_literals;

namespace {

/// The example that VPOP3 publishes; it has to run as it stands.
constexpr std::string_view published =
    R"(function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if defaultResult then
        x = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='"
        .. mxserver .. "' AND starttime > CURRENT_TIMESTAMP + '-15 MINUTES' AND LEFT(result, 1) = '4'")
        if tonumber(x[1].cnt) > 5 then
            return false, 10;
        end
    end
end
)";

std::string check_server(HookRun& run, const std::string& server = "mx1.example.com",
                         bool default_result = true) {
    const auto state = run.check_server("example.com", server, {}, default_result, within(plenty));
    if (state == HookState::failed) return "error: " + run.error();
    if (state == HookState::waiting) return "waiting";
    if (state == HookState::out_of_time) return "out of time";
    const auto answer = run.server_answer();
    if (!answer) return "wrong: " + answer.error().text;
    auto out = answer->use ? (*answer->use ? std::string("true") : std::string("false")) : std::string("nil");
    if (answer->minutes) out += fmt::format(" {}", *answer->minutes);
    return out;
}

}  // namespace

TEST_CASE("the published example runs as it stands") {
    FakeHost host;
    HookRun run(load(published), host, "");
    struct Row {
        const char* count;
        bool default_result;
        const char* wanted;
    };
    const Row rows[] = {{"0", true, "nil"}, {"5", true, "nil"}, {"6", true, "false 10"}, {"6", false, "nil"}};
    for (const auto& row : rows) {
        host.answer = [&](std::string_view) { return one_value("cnt", row.count); };
        CHECK(check_server(run, "mx1.example.com", row.default_result) == row.wanted);
    }
    REQUIRE(host.queries.size() == 3);
    CHECK(host.queries[0] ==
          "SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='mx1.example.com' AND starttime > "
          "CURRENT_TIMESTAMP + '-15 MINUTES' AND LEFT(result, 1) = '4'");
}

TEST_CASE("the published example waits for a query that takes long") {
    FakeHost host;
    host.answer = [](std::string_view sql) {
        return PendingQuery{std::string(sql), {std::string("p")}, {"cnt"}};
    };
    HookRun run(load(published), host, "");
    CHECK(check_server(run) == "waiting");
    CHECK(run.pending().columns == std::vector<std::string>{"cnt"});
    CHECK(run.pending().parameters.size() == 1);
    REQUIRE(run.resume(one_value("cnt", "7"), within(plenty)) == HookState::finished);
    const auto answer = run.server_answer();
    REQUIRE(answer);
    CHECK(answer->use == false);
    CHECK(answer->minutes == 10.0);
}

TEST_CASE("which hooks a script defines") {
    const auto text = [](const char* source) {
        const auto hooks = load(source)->hooks();
        std::string out;
        for (const bool has :
             {hooks.get_check_cache, hooks.get_overrides, hooks.check_server, hooks.final_overrides})
            out += has ? '1' : '0';
        return out;
    };
    CHECK(text("") == "0000");
    CHECK(text("function GetCheckCache() end") == "1000");
    CHECK(text("function GetOverrides() end") == "0100");
    CHECK(text("CheckServer = function() end") == "0010");
    CHECK(text("function FinalOverrides() end function checkserver() end") == "0001");
    CHECK(text("local function CheckServer() end") == "0000");
    CHECK(text("_G['CheckServer'] = print") == "0010");
    CHECK(text("function CheckServer() end CheckServer = nil") == "0000");
    const auto wrong = try_load("CheckServer = 7");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().text == "rules.lua: CheckServer is a number; a function is expected");
}

TEST_CASE("each hook is given its arguments") {
    const auto vm = load(R"(
        local function show(...)
            local out = {}
            for i = 1, select('#', ...) do out[i] = type(select(i, ...)) .. ':' .. tostring(select(i, ...)) end
            print(table.concat(out, ' '))
        end
        function GetCheckCache(...) show(...) end
        function GetOverrides(...) show(...) end
        function CheckServer(...) show(...) end
        function FinalOverrides(domain, retries, size, servers, ...)
            show(domain, retries, size, ...)
            for i, s in ipairs(servers) do show(i, s.server, s.preference, s.port) end
            print(#servers)
        end)");
    FakeHost host;
    HookRun run(vm, host, "");
    decide::MailFacts facts;
    facts.retries = 3;
    facts.size = 5'000'000'000;
    REQUIRE(run.get_check_cache("example.com", facts, within(plenty)) == HookState::finished);
    REQUIRE(run.check_cache_answer());
    CHECK(run.hook_name() == std::string("GetCheckCache"));
    REQUIRE(run.get_overrides("example.com", facts, within(plenty)) == HookState::finished);
    REQUIRE(run.overrides_answer());
    REQUIRE(run.check_server("example.com", "mx1", facts, false, within(plenty)) == HookState::finished);
    REQUIRE(run.server_answer());
    REQUIRE(run.final_overrides("example.com", {}, {{"mx1", 10, 25}, {"mx2", 20, 2525}}, within(plenty)) ==
            HookState::finished);
    REQUIRE(run.overrides_answer());
    CHECK(run.hook_name() == std::string("FinalOverrides"));
    CHECK(host.lines == std::vector<std::string>{
                            "string:example.com number:3 number:5000000000",
                            "string:example.com number:3 number:5000000000",
                            "string:example.com string:mx1 number:3 number:5000000000 boolean:false",
                            "string:example.com number:0 number:0",
                            "number:1 string:mx1 number:10 number:25",
                            "number:2 string:mx2 number:20 number:2525",
                            "2",
                        });
}

TEST_CASE("files that do not load") {
    struct Row {
        std::string source;
        std::string wanted;
    };
    const Row rows[] = {
        {"function CheckServer(\n", "rules.lua:2: <name> expected near <eof>"},
        {"local a\n\nlocal = 1", "rules.lua:3: <name> expected near '='"},
        {"x = 1\nerror('no')", "rules.lua:2: no"},
        {"error({})", "(the error is a table, not a text)"},
        {"error(nil)", "(the error is a nil, not a text)"},
        {"error('a\\n\\27[2J')", "rules.lua:1: a\\x0a\\x1b[2J"},
        {"local x = nil\nx.y = 1", "rules.lua:2: attempt to index a nil value (local 'x')"},
        {"VPOP3.PostgresQuery('SELECT 1')",
         "rules.lua:1: PostgresQuery: not available while the script is loaded"},
        {"\x1bLua", "attempt to load a binary chunk (mode is 't')"},
        {std::string("\x1bLuaT\0\x19\x93", 8), "attempt to load a binary chunk (mode is 't')"},
        {"#!/usr/bin/lua\nx = 1", "rules.lua:1: unexpected symbol near '#'"},
    };
    for (const auto& row : rows) {
        INFO(base::printable(row.source));
        const auto vm = try_load(row.source);
        REQUIRE_FALSE(vm);
        CHECK(vm.error().text == row.wanted);
    }
}

TEST_CASE("a byte order mark is passed over") {
    CHECK(load("\xEF\xBB\xBF"
               "function CheckServer() end")
              ->hooks()
              .check_server);
    const auto wrong = try_load(
        "\xEF\xBB\xBF"
        "\nx = = 1");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().text == "rules.lua:2: unexpected symbol near '='");
    CHECK_FALSE(try_load("\xEF\xBB\xBF\x1bLua"));
}

TEST_CASE("a file that runs too long is stopped") {
    Vm::Options options;
    options.load_time = little;
    const auto start = base::Instant::clock::now();
    const auto vm = try_load("while true do end", options);
    CHECK(base::Instant::clock::now() - start < 10s);
    REQUIRE_FALSE(vm);
    CHECK(vm.error().text ==
          "rules.lua: the file ran for more than 30 ms; functions are to be defined there, not called");
}

TEST_CASE("globals that are assigned while the file is loaded stay") {
    FakeHost host;
    const auto vm = load(
        "limit = 3\nservers = {}\nfunction CheckServer() return limit == 3 and type(servers) == 'table' end");
    HookRun run(vm, host, "");
    CHECK(check_server(run) == "true");
    CHECK(check_server(run) == "true");
}

TEST_CASE("a global that a call assigns belongs to that call") {
    FakeHost host;
    const auto vm = load(R"(
        limit = 3
        function CheckServer(domain, server)
            local before = tostring(seen) .. tostring(limit) .. tostring(_G.made) .. tostring(_ENV.limit)
            seen = server
            limit = 4
            _G.made = 1
            function helper() return seen .. limit end
            print(before .. ' ' .. helper())
        end)");
    {
        HookRun run(vm, host, "");
        check_server(run, "a");
        check_server(run, "b");  // the next hook of the same question
    }
    HookRun next(vm, host, "");
    check_server(next, "c");
    HookRun beside(vm, host, "newsletters");
    check_server(beside, "d");
    CHECK(host.lines == std::vector<std::string>{"nil3nil3 a4", "nil3nil3 b4", "nil3nil3 c4", "nil3nil3 d4"});
}

TEST_CASE("calls that wait for a query do not see each other's globals") {
    FakeHost host;
    host.answer = [](std::string_view sql) { return PendingQuery{std::string(sql), {}, {"v"}}; };
    const auto vm = load(R"(
        function CheckServer(domain, server)
            who = server
            x = VPOP3.PostgresQuery('first')
            who = who .. x[1].v .. ConnectionName
            x = VPOP3.PostgresQuery('second')
            print(server .. ' is ' .. who .. x[1].v .. ConnectionId)
        end)");
    HookRun a(vm, host, "newsletters");
    HookRun b(vm, host, "invoices");
    HookRun c(vm, host, "unknown");
    CHECK(check_server(a, "a") == "waiting");
    CHECK(check_server(b, "b") == "waiting");
    CHECK(check_server(c, "c") == "waiting");
    CHECK(b.resume(one_value("v", "1"), within(plenty)) == HookState::waiting);
    CHECK(a.resume(one_value("v", "2"), within(plenty)) == HookState::waiting);
    CHECK(c.resume(one_value("v", "3"), within(plenty)) == HookState::waiting);
    CHECK(a.resume(one_value("v", "4"), within(plenty)) == HookState::finished);
    CHECK(c.resume(one_value("v", "5"), within(plenty)) == HookState::finished);
    CHECK(b.resume(one_value("v", "6"), within(plenty)) == HookState::finished);
    CHECK(host.lines ==
          std::vector<std::string>{"a is a2newsletters42", "c is c3unknown50", "b is b1invoices67"});
}

TEST_CASE("a call that is given up while it waits leaves nothing behind") {
    FakeHost host;
    host.answer = [](std::string_view sql) { return PendingQuery{std::string(sql), {}, {"v"}}; };
    const auto vm =
        load("function CheckServer(d, s) local b = g g = s VPOP3.PostgresQuery('x') return b == nil end");
    for (int i = 0; i < 200; ++i) {
        HookRun run(vm, host, i % 2 == 0 ? "" : "unknown");
        REQUIRE(check_server(run, "given up") == "waiting");
    }
    host.answer = [](std::string_view) { return one_value("v", "1"); };
    HookRun run(vm, host, "");
    CHECK(check_server(run) == "true");
    CHECK(vm->memory_used() < 1'000'000);
}

TEST_CASE("ConnectionId and ConnectionName are those of the call") {
    FakeHost host;
    const auto vm = load(
        "function CheckServer() print(math.type(ConnectionId), ConnectionId, '[' .. ConnectionName .. ']') "
        "end");
    for (const char* name : {"newsletters", "", "invoices", "unknown", "Newsletters", ""}) {
        HookRun run(vm, host, name);
        check_server(run);
    }
    CHECK(host.lines == std::vector<std::string>{"integer\t2\t[newsletters]", "integer\t0\t[]",
                                                 "integer\t7\t[invoices]", "integer\t0\t[unknown]",
                                                 "integer\t0\t[Newsletters]", "integer\t0\t[]"});
}

TEST_CASE("errors have file and line") {
    struct Row {
        std::string body;
        std::string wanted;
    };
    const Row rows[] = {
        {"error('no')", "error: rules.lua:2: no"},
        {"error('no', 0)", "error: no"},
        {"error({code = 1})", "error: (the error is a table, not a text)"},
        {"error(setmetatable({}, {__tostring = function() while true do end end}))",
         "error: (the error is a table, not a text)"},
        {"error()", "error: (the error is a nil, not a text)"},
        {"error(7)", "error: (the error is a number, not a text)"},
        {"error(('x'):rep(5000), 0)", "error: " + std::string(1'000, 'x') + "..."},
        {"local x = nothing.at.all", "error: rules.lua:2: attempt to index a nil value (global 'nothing')"},
        {"return 1 < 'a'", "error: rules.lua:2: attempt to compare number with string"},
        {"VPOP3.PostgresQuery('x')", "error: rules.lua:2: PostgresQuery: no database"},
        {"VPOP3.PostgresQuery()",
         "error: rules.lua:2: bad argument #1 to 'PostgresQuery' (string expected, got no value)"},
        {"VPOP3.PostgresQuery({})",
         "error: rules.lua:2: bad argument #1 to 'PostgresQuery' (string expected, got table)"},
        {"local function f() return f() + 1 end f()", "error: rules.lua:2: stack overflow"},
        {"local ok, e = pcall(error, 'caught') print(ok, e)", "false\tcaught"},
        {"print(select(2, pcall(VPOP3.PostgresQuery, 'x')))", "PostgresQuery: no database"},
    };
    for (const auto& row : rows) {
        INFO(row.body);
        const auto found = printed_by(row.body);
        CHECK(found.substr(0, row.wanted.size()) == row.wanted);
    }
}

TEST_CASE("after an error the script goes on with the next question") {
    FakeHost host;
    const auto vm =
        load("function CheckServer(d, s) if s == 'bad' then left = 1 error('no') end return left == nil end");
    for (int i = 0; i < 100; ++i) {
        HookRun bad(vm, host, "");
        CHECK(check_server(bad, "bad") == "error: rules.lua:1: no");
        HookRun good(vm, host, "");
        CHECK(check_server(good, "good") == "true");
    }
}

TEST_CASE("nexthop.count") {
    FakeHost host;
    host.counted = 42;
    const auto vm = load(
        "function CheckServer(d, s) print(nexthop.count(s, '4', 900), nexthop.count(s, 2, 7200.0), "
        "math.type(nexthop.count('', '5', 1))) end");
    HookRun run(vm, host, "");
    check_server(run, "mx1");
    CHECK(host.lines == std::vector<std::string>{"42\t42\tinteger"});
    CHECK(host.counts == std::vector<std::string>{"mx1 4 900", "mx1 2 7200", " 5 1"});

    const std::pair<const char*, const char*> refused[] = {
        {"nexthop.count()", "bad argument #1 to 'count' (string expected, got no value)"},
        {"nexthop.count(nil, '4', 900)", "bad argument #1 to 'count' (string expected, got nil)"},
        {"nexthop.count('mx1')", "bad argument #2 to 'count' (string expected, got no value)"},
        {"nexthop.count('mx1', '4')", "bad argument #3 to 'count' (number expected, got no value)"},
        {"nexthop.count('mx1', '3', 900)", "bad argument #2 to 'count' (the class is \"2\", \"4\" or \"5\")"},
        {"nexthop.count('mx1', '45', 900)",
         "bad argument #2 to 'count' (the class is \"2\", \"4\" or \"5\")"},
        {"nexthop.count('mx1', '', 900)", "bad argument #2 to 'count' (the class is \"2\", \"4\" or \"5\")"},
        {"nexthop.count('mx1', 4.5, 900)", "bad argument #2 to 'count' (the class is \"2\", \"4\" or \"5\")"},
        {"nexthop.count('mx1', '4', 0)", "bad argument #3 to 'count' (1 to 7200 seconds)"},
        {"nexthop.count('mx1', '4', 7201)", "bad argument #3 to 'count' (1 to 7200 seconds)"},
        {"nexthop.count('mx1', '4', 1.5)",
         "bad argument #3 to 'count' (number has no integer representation)"},
        {"nexthop.count('mx1', '4', 'soon')", "bad argument #3 to 'count' (number expected, got string)"},
    };
    for (const auto& [call, wanted] : refused) {
        INFO(call);
        CHECK(printed_by(call) == std::string("error: rules.lua:2: ") + wanted);
    }
}

TEST_CASE("rows of a query") {
    FakeHost host;
    host.answer = [](std::string_view) {
        return ledger::Rows{{"server", "cnt"},
                            {{"mx1", "7"}, {"mx2", std::nullopt}, {std::string("a\0b", 3), "1"}}};
    };
    const auto vm = load(R"(
        function CheckServer()
            local rows = VPOP3.PostgresQuery('SELECT')
            print(#rows, rows[1].server, rows[1].cnt, type(rows[1].cnt), rows[2].cnt, #rows[3].server, rows[4], rows[1].other)
        end)");
    HookRun run(vm, host, "");
    check_server(run);
    CHECK(host.lines == std::vector<std::string>{"3\tmx1\t7\tstring\tnil\t3\tnil\tnil"});
    host.answer = [](std::string_view) { return ledger::Rows{{"a"}, {}}; };
    HookRun empty(load("function CheckServer() return #VPOP3.PostgresQuery('SELECT') == 0 end"), host, "");
    CHECK(check_server(empty) == "true");
}

TEST_CASE("a pending query inside pcall, a metamethod and an iterator") {
    FakeHost host;
    host.answer = [](std::string_view sql) { return PendingQuery{std::string(sql), {}, {"v"}}; };
    HookRun run(load(R"(
        local t = setmetatable({}, {__index = function() return VPOP3.PostgresQuery('b')[1].v end})
        local function each() return function(_, before) if not before then return VPOP3.PostgresQuery('c')[1].v end end end
        function CheckServer()
            local ok, rows = pcall(VPOP3.PostgresQuery, 'a')
            local found = tostring(ok) .. rows[1].v .. t.x
            for v in each() do found = found .. v end
            local fine, failure = pcall(VPOP3.PostgresQuery, 'd')
            print(found, fine, failure)
        end)"),
                host, "");
    CHECK(check_server(run) == "waiting");
    CHECK(run.resume(one_value("v", "1"), within(plenty)) == HookState::waiting);
    CHECK(run.resume(one_value("v", "2"), within(plenty)) == HookState::waiting);
    CHECK(run.resume(one_value("v", "3"), within(plenty)) == HookState::waiting);
    CHECK(run.resume(QueryFailure{"too slow"}, within(plenty)) == HookState::finished);
    CHECK(host.lines == std::vector<std::string>{"true123\tfalse\tPostgresQuery: too slow"});
}

TEST_CASE("where Lua cannot wait, a query that takes long is an error that says so") {
    FakeHost host;
    host.answer = [](std::string_view sql) { return PendingQuery{std::string(sql), {}, {"v"}}; };
    for (const char* body : {"table.sort({1, 2, 3}, function(a, b) return #VPOP3.PostgresQuery('x') > 0 end)",
                             "('abc'):gsub('.', function() VPOP3.PostgresQuery('x') end)"}) {
        INFO(body);
        HookRun run(load(std::string("function CheckServer() ") + body + " end"), host, "");
        CHECK(check_server(run) ==
              "error: rules.lua:1: PostgresQuery: a query that takes long cannot be waited for inside a sort "
              "comparator or a "
              "gsub callback");
    }
}

TEST_CASE("an exception of the host is an error of the script, not the end of the daemon") {
    FakeHost host;
    host.answer = [](std::string_view) -> QueryAnswer { throw std::runtime_error("disk on fire"); };
    HookRun run(load("function CheckServer() VPOP3.PostgresQuery('x') end"), host, "");
    CHECK(check_server(run) == "error: rules.lua:1: PostgresQuery: disk on fire");
}

TEST_CASE("print writes one line with tabs between") {
    CHECK(printed_by("print() print('a', 1, 1.5, nil, true) print(setmetatable({}, {__tostring = function() "
                     "return 'T' end}))") == "|a\t1\t1.5\tnil\ttrue|T");
    CHECK(printed_by("print(setmetatable({}, {__tostring = function() return 7 end}))") ==
          "error: rules.lua:2: '__tostring' must return a string");
}
