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
    CHECK(run.pending_query()->columns == std::vector<std::string>{"cnt"});
    CHECK(run.pending_query()->parameters.size() == 1);
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
    const std::vector<decide::Candidate> left = {{"mx1", 10, 25}, {"mx2", 20, 2525}};
    REQUIRE(run.final_overrides("example.com", {}, left, within(plenty)) == HookState::finished);
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
        {"function CheckServer(\n", "rules.lua:2: <name> or '...' expected near <eof>"},
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
        {"local function f() return f() + 1 end f()", "error: not enough memory"},
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
