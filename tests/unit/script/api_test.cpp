// What a script may ask: nexthop.count, VPOP3.PostgresQuery, print.
#include <stdexcept>

#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;

TEST_CASE("nexthop.count") {
    FakeHost host;
    host.number = 42;
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
        {"nexthop.count('mx1', '4', 0)", "bad argument #3 to 'count' (1 to 31622400 seconds)"},
        {"nexthop.count('mx1', '4', 31622401)", "bad argument #3 to 'count' (1 to 31622400 seconds)"},
        {"nexthop.count('mx1', '4', 1.5)",
         "bad argument #3 to 'count' (number has no integer representation)"},
        {"nexthop.count('mx1', '4', 'soon')", "bad argument #3 to 'count' (number expected, got string)"},
    };
    for (const auto& [call, wanted] : refused) {
        INFO(call);
        CHECK(printed_by(call) == std::string("error: rules.lua:2: ") + wanted);
    }
}

TEST_CASE("nexthop.count of more than two hours") {
    FakeHost host;
    const auto vm = load("function CheckServer(d, s) local n = nexthop.count(s, '4', 7201) print(n, math.type(n)) end");
    HookRun run(vm, host, "");
    SECTION("answered at once") {
        host.answer = [](std::string_view) { return one_value("count", "12"); };
        CHECK(check_server(run, "mx1") == "nil");
        CHECK(host.lines == std::vector<std::string>{"12\tinteger"});
        CHECK(host.counts == std::vector<std::string>{"mx1 4 7201"});
    }
    SECTION("waited for") {
        host.answer = [](std::string_view) { return PendingQuery{"count", {}, {"count"}}; };
        CHECK(check_server(run, "mx1") == "waiting");
        CHECK(run.resume(one_value("count", "13"), within(plenty)) == HookState::finished);
        CHECK(host.lines == std::vector<std::string>{"13\tinteger"});
    }
    SECTION("not possible") {
        host.answer = [](std::string_view) { return QueryFailure{"the ledger is locked"}; };
        CHECK(check_server(run, "mx1") == "error: rules.lua:1: nexthop.count: the ledger is locked");
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
                     "return 'T' end}))") == "a\t1\t1.5\tnil\ttrue|T");
    CHECK(printed_by("print(setmetatable({}, {__tostring = function() return {} end}))") ==
          "error: rules.lua:2: '__tostring' must return a string");
}
