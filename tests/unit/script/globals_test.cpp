// What belongs to a call: globals, and the connection.
#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;
using namespace std::chrono_literals;

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
