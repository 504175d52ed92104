#include "rehearse/test_file.hpp"

#include <fstream>

#include "catch.hpp"
#include "ledger/temp_dir.hpp"
#include "rehearse/report.hpp"

using namespace nexthopd;
using namespace nexthopd::rehearse;

namespace {

constexpr const char* held_above_3 = R"(
function CheckServer(domain, server)
    print('asked about ' .. server)
    if nexthop.count(server, '4', 900) > 3 then return false, 10 end
end
function GetOverrides(domain)
    if domain == 'pinned.example' then return 'relay.example.net:2525' end
    if domain == 'refused.example' then return nil, false end
end)";

class Bench {
  public:
    explicit Bench(const std::string& script = held_above_3) : script_(script) {}

    FileResult run(const std::string& tests, const std::string& name = "rules_test.lua") {
        std::ofstream(folder_ / name) << tests;
        return run_test_file(folder_ / name, [&](const std::string& path) { return stage(path); });
    }
    /// Of a test with this body; empty: it passed. Paths are cut off.
    std::string failure(const std::string& body) {
        const auto result = run("test('it', function()\n" + body + "\nend)");
        REQUIRE(result.broken.empty());
        REQUIRE(result.tests.size() == 1);
        return plain(result.tests.front().failure);
    }
    std::string plain(const std::string& text) const {
        const auto path = folder_.path().string() + "/";
        const auto at = text.find(path);
        return at == text.npos ? text : text.substr(0, at) + text.substr(at + path.size());
    }
    std::vector<std::string> scripts;

  private:
    base::Result<std::unique_ptr<Stage>> stage(const std::string& path) {
        scripts.push_back(plain(path));
        auto vm = script::Vm::load(script_, "rules.lua", {{"newsletters", 2}}, {});
        if (!vm) return tl::unexpected(vm.error());
        answer::Policy policy;
        policy.script = *std::move(vm);
        return std::make_unique<Stage>(std::move(policy));
    }

    std::string script_;
    test::TempDir folder_;
};

}  // namespace

TEST_CASE("what tests may say, and what they are told") {
    struct Row {
        const char* body;
        const char* failure;
    };
    const Row rows[] = {
        {"expect.leave_alone('u@one.example')", ""},
        {"expect.hold('u@one.example')",
         "rules_test.lua:2: u@one.example: expected: hold; it is: leave alone (nothing_to_change)"},
        {"given.attempts{server='mx1.one.example', result='450 no', count=4}\n"
         "expect.route('u@one.example', ':[mx2.one.example]')",
         ""},
        {"given.attempts{server='mx1.one.example', result='450 no', count=4}\n"
         "expect.route('u@one.example', ':[mx3.one.example]')",
         "rules_test.lua:3: u@one.example: expected: route :[mx3.one.example]; it is: route "
         ":[mx2.one.example]"},
        {"given.attempts{server='mx1.one.example', result='450 no', count=4, ago='20m'}\n"
         "expect.leave_alone('u@one.example')",
         ""},
        {"given.attempts{server='mx1.one.example', result='450 no', count=8, ago='20m', every='2m'}\n"
         "expect.route('u@one.example')",
         ""},  // 5 of them lie in the window
        {"given.mx('one.example', {'only.one.example'})\n"
         "given.attempts{server='only.one.example', result='421 busy', count=4}\n"
         "expect.hold('u@one.example', '10m')\nexpect.logged('only.one')",
         ""},
        {"given.mx('one.example', {'only.one.example'})\n"
         "given.attempts{server='only.one.example', result='421 busy', count=4}\n"
         "expect.hold('u@one.example', '9m')",
         "rules_test.lua:4: u@one.example: expected: hold for 540 s; it is: hold for 600 s"},
        {"expect.route('u@pinned.example', ':[relay.example.net]:2525')", ""},
        {"expect.fail('u@refused.example')", ""},
        {"given.mx('none.example', {})\nexpect.leave_alone('u@none.example')", ""},
        {"expect.leave_alone('u@one.example')\nexpect.logged('mx3')",
         "rules_test.lua:3: no line that was logged contains \"mx3\""},
        {"expect.equal(1 + 1, 2)", ""},
        {"expect.equal('a', 'b')", "rules_test.lua:2: expected: b; it is: a"},
        {"local x = 1", "it expects nothing"},
        {"error('no')", "rules_test.lua:2: no"},
        {"given.attempts{servr='mx1', result='450 no'}",
         "rules_test.lua:2: \"servr\" is no key of given.attempts; did you mean \"server\"?"},
        {"given.attempts{server='mx1', result='no'}",
         "rules_test.lua:2: given.attempts: result has to begin with a code, as in \"450 4.2.1 try later\""},
        {"given.attempts{server='mx1', result='450 no', count=9, ago='5m', every='1m'}",
         "rules_test.lua:2: given.attempts: the last of them would lie in the future"},
        {"given.mx('one.example', {7, {}})",
         "rules_test.lua:2: given.mx: host 1 is a number; a name is expected"},
        {"at('11:00') at('10:00') at('2026-01-05 11:00')",
         "rules_test.lua:2: bad argument #1 to 'at' (time does not go back)"},
        {"at('noon')",
         "rules_test.lua:2: bad argument #1 to 'at' (\"10:15\" or \"2026-11-22 10:15\" is expected)"},
    };
    for (const auto& row : rows) {
        INFO(row.body);
        CHECK(Bench().failure(row.body) == row.failure);
    }
}

TEST_CASE("the script is told the time and the mail of the test") {
    Bench bench(R"(function CheckServer(domain, server, retries, size)
        local mail = nexthop.request
        print(os.date('!%Y-%m-%d %H:%M', os.time()) .. ' ' .. retries .. ' ' .. size .. ' ' .. mail.sender .. ' ' ..
              mail.queue_id .. ' ' .. ConnectionName)
    end)");
    CHECK(bench.failure(R"(
        at('2026-03-01 08:30') after('90s')
        given.mail{size=5000, retries=2, sender='a@b.example', queue_id='4XYZ', connection='newsletters'}
        expect.leave_alone('u@one.example')
        expect.logged('2026-03-01 08:31 2 5000 a@b.example 4XYZ newsletters'))") == "");
}

TEST_CASE("counts by domain and reason are those of the ledger") {
    Bench bench(R"(function CheckServer(domain, server)
        local count = nexthop.count
        local rows = nexthop.query("SELECT COUNT(*) AS n FROM sendattempts WHERE domain = $1 AND reason = $2", domain, "rate")
        print(count{domain = domain, reason = "rate", class = "4", since = "1h"}, count{server = server, reason = "rate"},
              count{domain = domain, since = "1h"}, rows[1].n)
        print(nexthop.rate{domain = domain, since = "1h"}, nexthop.rate{domain = domain, since = "1h", reason = "rate"})
    end)");
    CHECK(bench.failure(R"(
        given.mx('one.example', {'mx.one.example'})
        local function add(result, reason, count, ago)
            given.attempts{server='mx.one.example', domain='one.example', result=result, reason=reason, count=count, ago=ago}
        end
        add('421 4.7.0 too many', 'rate', 5, '10m') add('421 4.7.0 too many', 'rate', 3, '40m')
        add('450 4.2.0 later', 'greylist', 2, '10m') add('250 ok', '', 10, '10m')
        given.attempts{server='mx.one.example', domain='two.example', result='421 x', reason='rate', ago='5m'}
        expect.leave_alone('u@one.example')
        expect.logged('8\t6\t20\t8')
        expect.logged('0.5\t0.4'))") == "");
}

TEST_CASE("holds last between the questions of a test, and not into the next") {
    const auto result = Bench().run(R"(
        local function busy()
            given.mx('one.example', {'mx.one.example'})
            given.attempts{server='mx.one.example', result='450 no', count=4}
        end
        test('held', function()
            busy()
            expect.hold('u@one.example', '10m')
            after('4m')
            expect.hold('u@one.example', '6m')
        end)
        test('over', function() busy() expect.hold('u@one.example') after('16m') expect.leave_alone('u@one.example') end)
        test('another', function() expect.leave_alone('u@one.example') end))");
    REQUIRE(result.tests.size() == 3);
    for (const auto& test : result.tests)
        CHECK(test.failure == "");
}

TEST_CASE("which script is tested") {
    Bench bench;
    constexpr const char* test = "test('it', function() expect.leave_alone('u@one.example') end)";
    bench.run(test);
    CHECK(bench.scripts == std::vector<std::string>{"rules.lua"});
    bench.run("script('other.lua')\n" + std::string(test), "anything.lua");
    CHECK(bench.scripts.back() == "other.lua");
    CHECK(bench.plain(bench.run(test, "anything.lua").broken) ==
          "anything.lua: which script is tested? Say script(\"FILE\"), or call the test FILE_test.lua");
    CHECK(bench.plain(bench.run("", "a_test.lua").broken) ==
          "a_test.lua: it has no test(\"name\", function() ... end)");
    CHECK(
        bench.plain(bench.run("test(", "a_test.lua").broken).starts_with("a_test.lua:1: unexpected symbol"));
    CHECK(bench.plain(bench.run("given.mx('a', {})", "a_test.lua").broken) ==
          "a_test.lua:1: given.mx: only inside of a test");
}

TEST_CASE("reports") {
    Bench bench;
    auto result = bench.run(
        "test('good', function() expect.equal(1, 1) end)\n"
        "test('<bad> & \"worse\"', function() expect.hold('u@one.example') end)");
    result.file = "rules_test.lua";
    REQUIRE(result.tests.size() == 2);
    result.tests[1].failure = bench.plain(result.tests[1].failure);
    for (auto& test : result.tests)
        test.seconds = 0.0625;
    CHECK(text_report({result}) == R"(rules_test.lua
  ok     good
  FAILED <bad> & "worse"
         rules_test.lua:2: u@one.example: expected: hold; it is: leave alone (nothing_to_change)
           GetOverrides: nil
           mx: 2 servers from the cache
           print: asked about mx1.one.example
           count: mx1.one.example 4xx in 900 s: 0
           CheckServer mx1.one.example: default true, answer nil
           print: asked about mx2.one.example
           count: mx2.one.example 4xx in 900 s: 0
           CheckServer mx2.one.example: default true, answer nil
2 tests, 1 failed
)");
    result.tests.back().steps.clear();
    CHECK(junit_report({result, {"other_test.lua", "no", {}}}) == R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="rules_test.lua" tests="2" failures="1" errors="0">
    <testcase name="good" time="0.062"></testcase>
    <testcase name="&lt;bad> &amp; &quot;worse&quot;" time="0.062"><failure message="rules_test.lua:2: u@one.example: expected: hold; it is: leave alone (nothing_to_change)"></failure></testcase>
  </testsuite>
  <testsuite name="other_test.lua" tests="0" failures="0" errors="1">
    <testcase name="other_test.lua"><error message="no"/></testcase>
  </testsuite>
</testsuites>
)xml");
}
