// The API for new scripts: each function, its nil, and its errors.
#include <algorithm>
#include <random>

#include "base/text.hpp"
#include "script/bind_sql.hpp"
#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;
using namespace std::chrono_literals;

namespace {

std::string printed(FakeHost& host, const std::string& statements) {
    host.lines.clear();
    HookRun run(load("function GetCheckCache()\n" + statements + "\nend"), host, "");
    const auto state = run.get_check_cache("example.com", {}, within(plenty));
    if (state == HookState::failed) return run.error();
    if (state != HookState::finished) return "not finished";
    std::string out;
    for (const auto& line : host.lines)
        out += (out.empty() ? "" : "|") + line;
    return out;
}

}  // namespace

TEST_CASE("nexthop.provider") {
    FakeHost host;
    CHECK(printed(host, "print(nexthop.provider('mx1.mail.example'), nexthop.provider('mx1.example'))") ==
          "mailers\tnil");
    CHECK(printed(host, "nexthop.provider()") ==
          "rules.lua:2: bad argument #1 to 'provider' (string expected, got no value)");
}

TEST_CASE("nexthop.count and nexthop.rate with a table") {
    FakeHost host;
    host.number = 40;
    host.counted_4xx = 10;
    CHECK(printed(host,
                  "print(nexthop.count{server = 'mx1', class = '4', since = '15m'}, nexthop.count{domain = "
                  "'d', since = 60},"
                  "nexthop.count{server = 's', class = 5, reason = 'quota'})") == "10\t40\t40");
    CHECK(host.counts == std::vector<std::string>{"mx1| 4 900", "|d - 60", "s| quota 5 900"});
    CHECK(printed(host,
                  "print(nexthop.rate{server = 'mx1', min = 40}, nexthop.rate{server = 'mx1', min = 41})") ==
          "0.25\tnil");
    host.number = 19;
    CHECK(printed(host, "print(nexthop.rate{server = 'mx1'})") == "nil");

    const std::pair<const char*, const char*> refused[] = {
        {"nexthop.count{servr = 'mx1'}", "\"servr\" is no key of nexthop.count; did you mean \"server\"?"},
        {"nexthop.count{server = 'mx1', Class = '4'}",
         "\"Class\" is no key of nexthop.count; did you mean \"class\"?"},
        {"nexthop.count{server = 'mx1', zzz = '4'}", "\"zzz\" is no key of nexthop.count"},
        {"nexthop.count{'mx1'}",
         "nexthop.count: a number is a key of the table; names are expected, as in {server = \"mx1\"}"},
        {"nexthop.count{server = 7}", "nexthop.count: server is a number; a text is expected"},
        {"nexthop.count{}", "nexthop.count: server or domain is expected, one of them"},
        {"nexthop.count{server = 'a', domain = 'b'}",
         "nexthop.count: server or domain is expected, one of them"},
        {"nexthop.count{server = 'a', class = '3'}", "nexthop.count: class is not \"2\", \"4\" or \"5\""},
        {"nexthop.count{server = 'a', class = {}}", "nexthop.count: class is not \"2\", \"4\" or \"5\""},
        {"nexthop.count{server = 'a', since = 'soon'}",
         "nexthop.count: since is not a time such as \"15m\" or 900 (seconds), at most 7200 seconds"},
        {"nexthop.count{server = 'a', since = '3h'}",
         "nexthop.count: since is not a time such as \"15m\" or 900 (seconds), at most 7200 seconds"},
        {"nexthop.rate{server = 'a', min = 0}", "nexthop.rate: min is not a whole number from 1"},
        {"nexthop.rate{server = 'a', class = '4'}", "\"class\" is no key of nexthop.rate"},
        {"nexthop.rate('a')", "bad argument #1 to 'rate' (table expected, got string)"},
    };
    for (const auto& [call, wanted] : refused) {
        INFO(call);
        CHECK(printed(host, call) == std::string("rules.lua:2: ") + wanted);
    }
}

TEST_CASE("nexthop.request") {
    FakeHost host;
    host.asked = {"newsletters", "u@example.com", "me@example.org", "4bXYZ", 5'000'000'000, 3,
                  true,          "postfix",       "observe"};
    CHECK(
        printed(host,
                "local r = nexthop.request print(r.connection, r.recipient, r.sender, r.queue_id, r.size, "
                "r.retries, r.exact, "
                "r.mta, r.mode, r.other, nexthop.other)") ==
        "newsletters\tu@example.com\tme@example.org\t4bXYZ\t5000000000\t3\ttrue\tpostfix\tobserve\tnil\tnil");
    CHECK(printed(host, "print(getmetatable(nexthop), nexthop.request.size)") == "false\t5000000000");
}

TEST_CASE("nexthop.log") {
    FakeHost host;
    CHECK(printed(host,
                  "nexthop.log.debug('a', 1) nexthop.log.info('b') nexthop.log.warn(nil) "
                  "nexthop.log.error({} ~= nil)") == "debug: a\t1|b|warn: nil|error: true");
}

TEST_CASE("nexthop.query binds its values") {
    FakeHost host;
    host.answer = [](std::string_view) { return one_value("cnt", "7"); };
    CHECK(printed(host, "print(nexthop.query('SELECT $1, $2 FROM t WHERE x = $1', \"a'b\", 5)[1].cnt)") ==
          "7");
    CHECK(host.queries.back() == "SELECT  'a''b' ,  (5)  FROM t WHERE x =  'a''b' ");
    printed(host, "nexthop.query('SELECT 1')");
    CHECK(host.queries.back() == "SELECT 1");
    printed(host, "nexthop.query('SELECT $1, $2, $3, $4', nil, true, -2.5, false)");
    CHECK(host.queries.back() == "SELECT  NULL ,  TRUE ,  (-2.5) ,  FALSE ");
    const std::pair<const char*, const char*> refused[] = {
        {"nexthop.query()", "bad argument #1 to 'query' (string expected, got no value)"},
        {"nexthop.query('SELECT $1')", "query: $1 to $0 are expected in the SQL, one for each value"},
        {"nexthop.query('SELECT $2', 1)", "query: $1 to $1 are expected in the SQL, one for each value"},
        {"nexthop.query('SELECT 1', 1)", "query: $1 to $1 are expected in the SQL, one for each value"},
        {"nexthop.query('SELECT $1', {})",
         "bad argument #2 to 'query' (a text without NUL bytes, a number, true, false or nil is expected)"},
        {"nexthop.query('SELECT $1', 'a\\0')",
         "bad argument #2 to 'query' (a text without NUL bytes, a number, true, false or nil is expected)"},
        {"nexthop.query('SELECT $1', 1/0)",
         "bad argument #2 to 'query' (a text without NUL bytes, a number, true, false or nil is expected)"},
        {"nexthop.query(('x'):rep(20000))", "query: the SQL is longer than 16384 bytes"},
    };
    for (const auto& [call, wanted] : refused) {
        INFO(call);
        auto found = printed(host, call);
        CHECK(base::printable(found).find(base::printable(wanted)) != std::string::npos);
    }
    host.answer = [](std::string_view sql) { return PendingQuery{std::string(sql), {}, {"v"}}; };
    CHECK(printed(host, "table.sort({1, 2, 3}, function() nexthop.query('x') end)") ==
          "rules.lua:2: query: a query that takes long cannot be waited for inside a sort comparator or a "
          "gsub callback");
}

TEST_CASE("places of values in SQL") {
    const std::tuple<const char*, const char*, std::size_t> rows[] = {
        {"a = $1", "a =  <1> ", 1},
        {"a = '$1' AND b = $2", "a = '$1' AND b =  <2> ", 2},
        {"a = 'it''s $1' || $1", "a = 'it''s $1' ||  <1> ", 1},
        {"\"$1\" = $1", "\"$1\" =  <1> ", 1},
        {"-- $1\n$1", "-- $1\n <1> ", 1},
        {"/* $1 */ $12", "/* $1 */  <12> ", 12},
        {"$ $0 $100 $x '$1", "$ $0 $100 $x '$1", 0},
        {"", "", 0},
    };
    for (const auto& [sql, wanted, highest] : rows) {
        INFO(sql);
        std::string out;
        CHECK(bind_sql(sql, out, [](std::size_t n, std::string& to) { to += fmt::format("<{}>", n); }) ==
              highest);
        CHECK(out == wanted);
    }
}

TEST_CASE("nexthop.last") {
    FakeHost host;
    host.answer = [](std::string_view) {
        return ledger::Rows{{"time", "code"}, {{"2026-11-22 10:00:00", "421"}}};
    };
    CHECK(printed(
              host,
              "local a = nexthop.last{server = \"mx'1\", class = '4', since = '1h'} print(a.time, a.code)") ==
          "2026-11-22 10:00:00\t421");
    CHECK(host.queries.back() ==
          "SELECT starttime AS time, code, dsn, result AS text, stage, reason FROM sendattempts WHERE server "
          "= 'mx''1' AND "
          "LEFT(result, 1) = '4' AND starttime > NOW() - INTERVAL '3600 seconds' ORDER BY starttime DESC "
          "LIMIT 1");
    host.answer = [](std::string_view) { return ledger::Rows{{"time"}, {}}; };
    CHECK(printed(host, "print(nexthop.last{domain = 'd'})") == "nil");
    CHECK(printed(host, "nexthop.last{}") ==
          "rules.lua:2: nexthop.last: server or domain is expected, one of them");
    CHECK(printed(host, "nexthop.last{domian = 'd'}") ==
          "rules.lua:2: \"domian\" is no key of nexthop.last; did you mean \"domain\"?");
}

TEST_CASE("nexthop.shared is kept from call to call") {
    FakeHost host;
    const char* const show =
        "local s = nexthop.shared print(s.get('n'), s.get('t'), s.get('b'), s.get('f'), s.get('none'))";
    printed(host,
            "local s = nexthop.shared s.set('n', 7, '10s') s.set('t', 'a\\0b') s.set('b', false) s.set('f', "
            "1.5)");
    CHECK(printed(host, show) == std::string("7\ta\0b\tfalse\t1.5\tnil", 19));
    host.time += 10s;
    CHECK(printed(host, "print(nexthop.shared.get('n'), nexthop.shared.get('f'))") == "nil\t1.5");
    CHECK(printed(host,
                  "local s = nexthop.shared print(s.incr('i'), s.incr('i'), s.incr('i', -5), s.incr('j', 3, "
                  "60))") == "1\t2\t-3\t3");
    host.time += 60s;
    CHECK(printed(host, "print(nexthop.shared.get('i'), nexthop.shared.get('j'))") == "-3\tnil");
    host.dry = true;
    CHECK(printed(host, "local s = nexthop.shared s.set('i', 9) print(s.incr('i'), s.get('i'))") == "-2\t-3");
    host.dry = false;
    CHECK(printed(host, "nexthop.shared.set('i', nil) print(nexthop.shared.get('i'))") == "nil");
    const std::pair<const char*, const char*> refused[] = {
        {"nexthop.shared.set('x', {})",
         "bad argument #2 to 'set' (nil, boolean, number or string expected, got table)"},
        {"nexthop.shared.set('x', ('y'):rep(1001))",
         "bad argument #2 to 'set' (a text has at most 1000 bytes)"},
        {"nexthop.shared.set(('y'):rep(251), 1)", "bad argument #1 to 'set' (a name has at most 250 bytes)"},
        {"nexthop.shared.set('x', 1, 'soon')",
         "bad argument #3 to 'set' (a time such as \"15m\" or 900 (seconds) is expected)"},
        {"nexthop.shared.set('x', 1, 0)",
         "bad argument #3 to 'set' (a time such as \"15m\" or 900 (seconds) is expected)"},
        {"nexthop.shared.incr('t')", "shared.incr: the value is no whole number"},
        {"nexthop.shared.get()", "bad argument #1 to 'get' (string expected, got no value)"},
    };
    for (const auto& [call, wanted] : refused) {
        INFO(call);
        CHECK(printed(host, call) == std::string("rules.lua:2: ") + wanted);
    }
    const auto loading = try_load("nexthop.shared.set('x', 1)");
    REQUIRE_FALSE(loading);
    CHECK(loading.error().text == "rules.lua:1: shared.set: not available while the script is loaded");
}

TEST_CASE("nexthop.throttle") {
    FakeHost host;
    const char* const ask =
        "local t = nexthop.throttle('bulk', '2/1m') print(t.throttled, t.retry_after, t.remaining)";
    host.dry = true;
    CHECK(printed(host, ask) == "false\t0.0\t1");
    host.dry = false;
    CHECK(printed(host, ask) == "false\t0.0\t1");
    CHECK(printed(host, ask) == "false\t0.0\t0");
    CHECK(printed(host, ask) == "true\t30.0\t0");
    CHECK(printed(host, "nexthop.throttle('bulk', 'often')") ==
          "rules.lua:2: bad argument #2 to 'throttle' (a rate such as \"100/10m\" or \"100/10m,max_burst=5\" "
          "is expected)");
}

TEST_CASE("nexthop.memoize") {
    FakeHost host;
    const auto vm = load(R"(
        local calls = 0
        local f = nexthop.memoize(function(a, b) calls = calls + 1 return a, b, calls end, {ttl = '10s', capacity = 4})
        local waits = nexthop.memoize(function(sql) return VPOP3.PostgresQuery(sql)[1].v end)
        function GetCheckCache() print(f('a', 1)) print(f('a', '1')) print(f('a', 1)) print(f('a', nil)) print(f('a')) end
        function GetOverrides() for i = 1, 100 do f(i) end print(calls, f('a')) end
        function FinalOverrides() print(waits('x'), waits('x')) end)");
    HookRun run(vm, host, "");
    REQUIRE(run.get_check_cache("d", {}, within(plenty)) == HookState::finished);
    CHECK(host.lines == std::vector<std::string>{"a\t1\t1", "a\t1\t2", "a\t1\t1", "a\tnil\t3", "a\tnil\t4"});
    host.lines.clear();
    REQUIRE(run.get_check_cache("d", {}, within(plenty)) == HookState::finished);
    CHECK(host.lines[2] == host.lines[0]);
    host.time += 10s;
    host.lines.clear();
    REQUIRE(run.get_check_cache("d", {}, within(plenty)) == HookState::finished);
    CHECK(host.lines[0] != "a\t1\t1");  // its time was over
    host.lines.clear();
    REQUIRE(run.get_overrides("d", {}, within(plenty)) == HookState::finished);
    CHECK(vm->memory_used() < 200'000);
    host.answer = [](std::string_view sql) { return PendingQuery{std::string(sql), {}, {"v"}}; };
    host.lines.clear();
    REQUIRE(run.final_overrides("d", {}, {}, within(plenty)) == HookState::waiting);
    REQUIRE(run.resume(one_value("v", "7"), within(plenty)) == HookState::finished);
    CHECK(host.lines == std::vector<std::string>{"7\t7"});

    const std::pair<const char*, const char*> refused[] = {
        {"nexthop.memoize(7)", "nexthop.memoize: a function is expected, not a number"},
        {"nexthop.memoize(print, {tll = 5})", "\"tll\" is no key of nexthop.memoize; did you mean \"ttl\"?"},
        {"nexthop.memoize(print, {capacity = 0})", "nexthop.memoize: capacity is not a whole number from 1"},
        {"nexthop.memoize(print)({})",
         "rules.lua:2: a memoized function takes texts, numbers, true, false and nil, not a table"},
    };
    for (const auto& [call, wanted] : refused) {
        INFO(call);
        CHECK(printed(host, call).find(wanted) != std::string::npos);
    }
}

TEST_CASE("ten thousand calls wait at once, and none sees what is another's") {
    constexpr std::size_t calls = 10'000;
    const auto vm = load(R"(
        local by_local = {}
        function CheckServer(domain, server)
            who = server
            local mine = nexthop.request.recipient
            for i = 1, 3 do
                local rows = VPOP3.PostgresQuery(server .. i)
                if rows[1].v ~= server or who ~= server or nexthop.request.recipient ~= mine then return false, 99 end
            end
            return who == server and mine == server .. '@example.com'
        end)");
    struct Call {
        FakeHost host;
        std::string recipient;
        std::unique_ptr<HookRun> run;
    };
    std::vector<Call> all(calls);
    const auto before = vm->memory_used();
    for (std::size_t i = 0; i < calls; ++i) {
        auto& call = all[i];
        call.recipient = fmt::format("mx{}@example.com", i);
        call.host.asked.recipient = call.recipient;
        call.host.answer = [](std::string_view sql) { return PendingQuery{std::string(sql), {}, {"v"}}; };
        call.run = std::make_unique<HookRun>(vm, call.host, i % 3 == 0 ? "newsletters" : "");
        REQUIRE(check_server(*call.run, fmt::format("mx{}", i)) == "waiting");
    }
    const auto each = (vm->memory_used() - before) / calls;
    std::vector<std::size_t> order(calls);
    for (std::size_t i = 0; i < calls; ++i)
        order[i] = i;
    std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same order each time
    std::size_t right = 0;
    const auto start = cpu_time();
    for (int round = 0; round < 3; ++round) {
        std::shuffle(order.begin(), order.end(), random);
        for (const auto i : order) {
            const auto state = all[i].run->resume(one_value("v", fmt::format("mx{}", i)), within(plenty));
            if (round < 2) {
                REQUIRE(state == HookState::waiting);
                continue;
            }
            REQUIRE(state == HookState::finished);
            const auto answer = all[i].run->server_answer();
            right += answer && answer->use == true ? 1 : 0;
        }
    }
    const std::chrono::duration<double, std::micro> took = cpu_time() - start;
    CHECK(right == calls);
    WARN(fmt::format("{} calls wait: {} bytes each, {:.1f} us to go on with one", calls, each,
                     took.count() / calls / 3));
    CHECK(each < 8'000);
}
