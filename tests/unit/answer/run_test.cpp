#include "answer/run.hpp"

#include <nlohmann/json.hpp>

#include "answer_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;
using namespace nexthopd::answer::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* no_mx1 =
    "function CheckServer(d, s) if s == 'mx1.example.com' then return false, 10 end end";
constexpr const char* none_for_10 = "function CheckServer() return false, 10 end";
constexpr const char* endless = "function CheckServer() while true do end end";
constexpr const char* failing = "function CheckServer()\n  error('no')\nend";

mail::Hold a_hold(const FakeClock& clock) {
    mail::Hold hold;
    hold.id = "7K3QWX";
    hold.recipient = "user@example.com";
    hold.since = clock.wall_time;
    hold.until = clock.wall_time + 10min;
    return hold;
}

}  // namespace

TEST_CASE("one server of two is left out") {
    Rig rig(no_mx1);
    SECTION("the MX set is cached: nothing is waited for") {
        rig.resolver.in_cache["example.com"] = rig.resolver.looked_up;
        CHECK(route_of(rig.ask()) == ":[mx2.example.com]");
        CHECK(rig.need == Run::Need::nothing);
        CHECK(rig.resolver.lookups.empty());
    }
    SECTION("it is looked up") {
        CHECK(route_of(rig.ask()) == ":[mx2.example.com]");
        CHECK(rig.need == Run::Need::mx_set);
        CHECK(rig.resolver.lookups == std::vector<std::string>{"example.com"});
    }
    CHECK(rig.recorder.holds.empty());
    CHECK(rig.pipeline.statistics().questions == 1);
}

TEST_CASE("what is left alone before any hook runs") {
    struct Row {
        const char* name;
        std::string recipient;
        std::function<void(Rig&)> change;
        std::string wanted;
    };
    const auto nothing = [](Rig&) {};
    const Row rows[] = {
        {"a wildcard", "*", nothing, "not_a_mailbox"},
        {"an address literal", "user@[192.0.2.1]", nothing, "not_a_mailbox"},
        {"no domain", "user", nothing, "not_a_mailbox"},
        {"nothing", "", nothing, "not_a_mailbox"},
        {"local_domains of the settings", "user@example.com",
         [](Rig& rig) { rig.policy.local_domains.insert("example.com"); }, "not_ours"},
        {"a domain of Postfix' own", "user@EXAMPLE.com.",
         [](Rig& rig) { rig.policy.mta->local_domains.insert("example.com"); }, "not_ours"},
        {"below a domain that Postfix relays", "user@mail.example.com",
         [](Rig& rig) { rig.policy.mta->relay_domains.insert("example.com"); }, "not_ours"},
        {"an entry in a table", "user@example.com",
         [](Rig& rig) {
             rig.policy.mta->tables = true;
             rig.destinations.remembered["example.com"] = {true, false};
         },
         "not_ours"},
        {"a table that is looked up", "user@example.com",
         [](Rig& rig) {
             rig.policy.mta->tables = true;
             rig.destinations.looked_up = DestinationFacts{true, false};
         },
         "not_ours"},
        {"tables that cannot be read", "user@example.com",
         [](Rig& rig) {
             rig.policy.mta->tables = true;
             rig.destinations.looked_up.reset();
         },
         "not_known_yet"},
        {"Postfix' configuration is not known yet", "user@example.com",
         [](Rig& rig) { rig.policy.mta.reset(); }, "not_known_yet"},
        {"no script", "user@example.com", [](Rig& rig) { rig.policy.script.reset(); }, "no_hooks"},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        Rig rig(failing);
        row.change(rig);
        CHECK(cause_of(rig.ask(rig.question(row.recipient))) == row.wanted);
        CHECK(rig.resolver.lookups.empty());
    }
    Rig rig("helper = 1");
    CHECK(cause_of(rig.ask()) == "no_hooks");
}

TEST_CASE("a hold that is known is answered without hooks, DNS or the MTA's view") {
    Rig rig(failing);
    rig.policy.mta.reset();
    REQUIRE(rig.knowledge.holds.add(a_hold(rig.clock), rig.clock.now(), rig.clock.wall()));
    auto late = rig.question("user@EXAMPLE.com");
    late.arrival -= 1h;  // even when there is no time left
    const auto verdict = rig.ask(std::move(late));
    CHECK(held(verdict).id == "7K3QWX");
    CHECK(held(verdict).until == rig.clock.wall_time + 10min);
    const auto* const hold = rig.knowledge.holds.find_id("7K3QWX");
    CHECK(hold->last_question == 1);
    CHECK(hold->last_asked != base::Instant{});
    CHECK(cause_of(rig.ask(rig.question("other@example.com"))) == "not_known_yet");
    auto elsewhere = rig.question();
    elsewhere.connection = "newsletters";
    CHECK(cause_of(rig.ask(std::move(elsewhere))) == "not_known_yet");
    rig.clock.wall_time += 10min;
    CHECK(cause_of(rig.ask()) == "not_known_yet");
}

TEST_CASE("all servers left out: the mail is held, and the evidence is kept") {
    Rig rig("function CheckServer(d, s) if nexthop.count(s, '4', 900) > 5 then return false, 10 end end");
    for (int i = 0; i < 6; ++i)
        for (const char* server : {"mx1.example.com", "mx2.example.com"})
            rig.knowledge.counters.add({server, "example.com", {}, '4'}, rig.clock.wall_time, rig.clock.wall_time);
    auto question = rig.question("User@example.com");
    question.connection = "newsletters";
    const auto verdict = rig.ask(question);
    CHECK(held(verdict).until == rig.clock.wall_time + 10min);
    CHECK(held(verdict).id.size() == 6);
    REQUIRE(rig.recorder.holds.size() == 1);
    const auto& hold = rig.recorder.holds[0];
    CHECK(hold.id == held(verdict).id);
    CHECK(hold.connection == "newsletters");
    CHECK(hold.recipient == "User@example.com");
    CHECK(hold.since == rig.clock.wall_time);
    CHECK(hold.rule == "script:CheckServer");
    CHECK(hold.reason == "CheckServer left out mx1.example.com, mx2.example.com");
    const auto evidence = nlohmann::json::parse(hold.evidence);
    CHECK(evidence["left_out"].size() == 2);
    CHECK(evidence["asked"][1]["count"] == 6);

    // The next question is answered from memory with the same hold.
    question.arrival = rig.clock.now();
    CHECK(held(rig.ask(question)).id == hold.id);
    CHECK(rig.recorder.holds.size() == 1);
    CHECK(rig.resolver.lookups.size() == 1);
    CHECK(rig.knowledge.holds.find_id(hold.id)->last_question == 2);
}

TEST_CASE("mail near the end of its time in the queue is not held") {
    Rig rig(none_for_10);
    rig.knowledge.queue.outcome("4Abc1234", "user@example.com", true, true, rig.clock.wall_time - 5 * 24h);
    CHECK(cause_of(rig.ask()) == "past_queue_lifetime");
    CHECK(rig.recorder.holds.empty());
    CHECK(rig.knowledge.holds.size() == 0);
}

TEST_CASE("an error of the script leaves the mail alone, with file and line") {
    Rig rig(failing);
    const auto failed = rig.ask();
    CHECK(cause_of(failed) == "script_error");
    CHECK(detail_of(failed) == "rules.lua:2: no");
    rig.load("function GetOverrides() return 7 end");
    const auto wrong = rig.ask();
    CHECK(cause_of(wrong) == "script_error");
    CHECK(detail_of(wrong).find("rules.lua:1: GetOverrides: it returned the number 7") == 0);
    CHECK(rig.pipeline.statistics().causes[static_cast<std::size_t>(decide::Cause::script_error)] == 2);
    rig.load("function CheckServer() return VPOP3.PostgresQuery('DELETE FROM x') end");
    CHECK(detail_of(rig.ask()).find("rules.lua:1: PostgresQuery: at character 1: ") == 0);
    rig.load("function CheckServer() return #VPOP3.PostgresQuery('SELECT server FROM sendattempts') > 0 end");
    CHECK(cause_of(rig.ask()) == "script_error");  // there is no database
}

TEST_CASE("a script may make the mail fail, or name a transport") {
    Rig rig("function GetOverrides() return nil, false end");
    const auto verdict = rig.ask();
    REQUIRE(std::holds_alternative<decide::Fail>(verdict));
    CHECK(std::get<decide::Fail>(verdict).hook == "GetOverrides");
    rig.load("function GetOverrides() return { transport = 'slow' } end");
    CHECK(route_of(rig.ask()) == "slow:");
    CHECK(rig.resolver.lookups.empty());
}

TEST_CASE("hooks are given what the queue shows, or what a dry run assumes") {
    Rig rig("function GetOverrides(d, retries, size) return 'r' .. retries .. '-s' .. size .. '.test' end");
    CHECK(route_of(rig.ask()) == ":[r0-s0.test]");
    rig.knowledge.queue.active("4Abc1234", "me@example.net", 1'234, rig.clock.wall_time);
    rig.knowledge.queue.outcome("4Abc1234", "user@example.com", true, true, rig.clock.wall_time);
    CHECK(route_of(rig.ask()) == ":[r1-s1234.test]");
    auto assumed = rig.question();
    assumed.dry_run = true;
    assumed.assumed_size = 77;
    CHECK(route_of(rig.ask(assumed)) == ":[r1-s77.test]");
    assumed.assumed_retries = 9;
    CHECK(route_of(rig.ask(assumed)) == ":[r9-s77.test]");
}

TEST_CASE("GetCheckCache false asks DNS anew") {
    Rig rig(
        "function GetCheckCache() return false end function CheckServer(d, s) return s ~= 'mx1.example.com' "
        "end");
    rig.resolver.in_cache["example.com"] = set_of({"old.example.com"});
    CHECK(route_of(rig.ask()) == ":[mx2.example.com]");
    CHECK(rig.resolver.lookups == std::vector<std::string>{"example.com fresh"});
}

TEST_CASE("DNS that never answers: the verdict is there at the deadline") {
    Rig rig(no_mx1);
    rig.policy.deadline = 250ms;
    rig.policy.script_time = 50ms;
    rig.resolver.mode = FakeResolver::Mode::never;
    const auto start = base::Instant::clock::now();
    const auto verdict = rig.ask();
    const auto took = base::Instant::clock::now() - start;
    CHECK(cause_of(verdict) == "deadline");
    CHECK(took >= 240ms);
    CHECK(took < 5s);  // the machine may be busy
}

TEST_CASE("DNS that fails, and a resolver that breaks its word") {
    Rig rig(no_mx1);
    mail::MxSet failed;
    failed.state = mail::MxSet::State::failed;
    rig.resolver.looked_up = std::make_shared<const mail::MxSet>(failed);
    CHECK(cause_of(rig.ask()) == "dns_failed");
    rig.resolver.mode = FakeResolver::Mode::throws;
    const auto verdict = rig.ask();
    CHECK(cause_of(verdict) == "internal_error");
    CHECK(detail_of(verdict).find("the resolver is broken") != std::string::npos);
}

TEST_CASE("a question that waited half its deadline is answered without hooks") {
    Rig rig(failing);
    rig.policy.deadline = 250ms;
    auto question = rig.question();
    question.arrival -= 126ms;
    CHECK(cause_of(rig.ask(question)) == "overloaded");
    rig.policy.deadline = 60s;
    question.arrival = rig.clock.now() - 29s;
    CHECK(cause_of(rig.ask(question)) == "script_error");
}

TEST_CASE("hooks that use up their time are stopped, then skipped for a while") {
    Rig rig(endless);
    rig.policy.script_time = 10ms;
    rig.resolver.in_cache["example.com"] = rig.resolver.looked_up;
    for (int i = 0; i < 2; ++i) {
        const auto start = base::Instant::clock::now();
        const auto verdict = rig.ask();
        CHECK(cause_of(verdict) == "script_time");
        CHECK(detail_of(verdict).find("CheckServer was stopped after ") == 0);
        CHECK(base::Instant::clock::now() - start < 10s);
    }
    for (int i = 0; i < 3; ++i)
        CHECK(cause_of(rig.ask_dry()) == "script_time");  // a person who tries the script out pauses nothing
    CHECK(cause_of(rig.ask()) == "script_time");
    CHECK(cause_of(rig.ask()) == "hooks_paused");
    CHECK(rig.pipeline.statistics().overruns == 3);
    rig.load(no_mx1);
    CHECK(cause_of(rig.ask()) == "hooks_paused");
    rig.clock.offset = 11s;
    CHECK(route_of(rig.ask()) == ":[mx2.example.com]");
}

TEST_CASE("the budget is for all hooks of a question together, and half of what is left") {
    Rig rig(R"(
        local function burn() local start = os.clock() while os.clock() - start < 0.03 do end end
        function GetOverrides() burn() end
        function CheckServer() burn() end)");
    rig.resolver.in_cache["example.com"] = set_of({"a", "b", "c", "d", "e", "f", "g", "h"});
    rig.policy.script_time = 100ms;
    CHECK(cause_of(rig.ask()) != "nothing_to_change");
    rig.policy.script_time = 20s;
    rig.policy.deadline = 100ms;
    const auto start = base::Instant::clock::now();
    CHECK(cause_of(rig.ask()) != "nothing_to_change");
    CHECK(base::Instant::clock::now() - start < 10s);
}

TEST_CASE("observe: the verdict is made, the mail is left alone") {
    Rig rig(none_for_10);
    rig.policy.observe = true;
    CHECK(cause_of(rig.ask()) == "observe");
    CHECK(rig.recorder.holds.empty());
    CHECK(rig.knowledge.holds.size() == 0);
    REQUIRE(rig.knowledge.holds.add(a_hold(rig.clock), rig.clock.now(), rig.clock.wall()));
    CHECK(cause_of(rig.ask()) == "observe");  // a hold from before the mode was changed
    rig.load(no_mx1);
    CHECK(cause_of(rig.ask(rig.question("other@example.com"))) == "observe");
    rig.load("function GetOverrides() return nil, false end");
    CHECK(cause_of(rig.ask(rig.question("other@example.com"))) == "observe");
    rig.load("function CheckServer() end");
    CHECK(cause_of(rig.ask(rig.question("other@example.com"))) == "nothing_to_change");
    auto dry = rig.question("other@example.com");
    dry.dry_run = true;
    rig.load(no_mx1);
    CHECK(route_of(rig.ask(dry)) == ":[mx2.example.com]");  // a person sees what would be answered
}

TEST_CASE("a dry run gives the same answer and changes nothing") {
    Rig rig(none_for_10);
    const auto verdict = rig.ask_dry();
    CHECK(held(verdict).id == "------");
    CHECK(held(verdict).until == rig.clock.wall_time + 10min);
    CHECK(rig.knowledge.holds.size() == 0);
    CHECK(rig.recorder.holds.empty());

    REQUIRE(rig.knowledge.holds.add(a_hold(rig.clock), rig.clock.now(), rig.clock.wall()));
    CHECK(held(rig.ask()).id == "7K3QWX");
    const auto before = *rig.knowledge.holds.find_id("7K3QWX");
    CHECK(held(rig.ask_dry()).id == "7K3QWX");
    rig.load(failing);
    auto other = rig.question("other@example.com");
    other.dry_run = true;
    CHECK(cause_of(rig.ask(other)) == "script_error");
    const auto* const after = rig.knowledge.holds.find_id("7K3QWX");
    CHECK(after->last_question == before.last_question);
    CHECK(after->last_asked == before.last_asked);
    const auto& statistics = rig.pipeline.statistics();
    CHECK(statistics.questions == 1);  // else a hold would look as if qmgr had asked for somebody else since
    CHECK(rig.pipeline.last_question() == 1);
    for (const auto count : statistics.causes)
        CHECK(count == 0);
}

TEST_CASE("explain sees each step") {
    Rig rig("function CheckServer(d, s) print('looking at ' .. s) return nexthop.count(s, '4', 60) == 0 end");
    auto question = rig.question();
    question.dry_run = true;
    Trace trace(question.arrival);
    rig.ask(question, &trace);
    std::vector<std::string> steps;
    for (const auto& step : trace.steps())
        steps.push_back(step.what + ": " + step.detail);
    CHECK(steps == std::vector<std::string>{
                       "mx: 2 servers looked up",
                       "print: looking at mx1.example.com",
                       "count: mx1.example.com 4xx in 60 s: 0",
                       "CheckServer mx1.example.com: default true, answer true",
                       "print: looking at mx2.example.com",
                       "count: mx2.example.com 4xx in 60 s: 0",
                       "CheckServer mx2.example.com: default true, answer true",
                   });
}

TEST_CASE("a question keeps the policy that it began with") {
    Rig rig(no_mx1);
    rig.pipeline.set_policy(std::make_shared<const Policy>(rig.policy));
    Run run(rig.pipeline);
    run.start(rig.question(), rig.clock.now());
    REQUIRE(run.advance() == Run::Need::mx_set);
    rig.policy.script.reset();
    rig.pipeline.set_policy(
        std::make_shared<const Policy>(rig.policy));  // a reload, and the old script's last owner goes
    asio::co_spawn(rig.io, run.finish(), asio::detached);
    rig.io.run();
    CHECK(route_of(run.verdict()) == ":[mx2.example.com]");
    run.start(rig.question(), rig.clock.now());
    CHECK(run.advance() == Run::Need::nothing);
    CHECK(cause_of(run.verdict()) == "no_hooks");
}

TEST_CASE("many questions wait at once, each with its own answer") {
    Rig rig("function CheckServer(d, s) who = d return s == 'mx1.example.com' and who == d end");
    rig.pipeline.set_policy(std::make_shared<const Policy>(rig.policy));
    std::vector<std::unique_ptr<Run>> runs;
    for (int i = 0; i < 100; ++i) {
        runs.push_back(std::make_unique<Run>(rig.pipeline));
        runs.back()->start(rig.question("user@d" + std::to_string(i) + ".test"), rig.clock.now());
        REQUIRE(runs.back()->advance() == Run::Need::mx_set);
        asio::co_spawn(rig.io, runs.back()->finish(), asio::detached);
    }
    rig.io.run();
    for (const auto& run : runs)
        CHECK(route_of(run->verdict()) == ":[mx1.example.com]");
    CHECK(rig.resolver.lookups.size() == 100);
}

TEST_CASE("domains that are ours: relayed ones on request, and those that no table has") {
    Rig rig("function GetOverrides() return 'mx5.test' end");
    rig.policy.mta->relay_domains.insert("example.com");
    CHECK(cause_of(rig.ask()) == "not_ours");
    rig.policy.decide_relay_domains = true;
    CHECK(route_of(rig.ask()) == ":[mx5.test]");
    rig.policy.mta->tables = true;
    CHECK(route_of(rig.ask()) == ":[mx5.test]");
    CHECK(rig.destinations.lookups == std::vector<std::string>{"example.com"});
    rig.destinations.remembered["example.com"] = {};
    CHECK(route_of(rig.ask()) == ":[mx5.test]");
    CHECK(rig.need == Run::Need::nothing);
}

TEST_CASE("servers are not replaced where that gets around a relayhost or TLS") {
    using mail::TlsIdentity;
    const char* const pinned = "function GetOverrides() return 'mx5.test' end";
    const char* const left_out = "function CheckServer(d, s) return s ~= 'mx1.example.com' end";
    const char* const slow = "function GetOverrides() return { transport = 'slow' } end";
    const char* const held = "function CheckServer() return false, 5 end";
    struct Row {
        const char* name;
        const char* script;
        std::function<void(Rig&)> change;
        std::string wanted;
    };
    const auto tls = [](TlsIdentity level) { return [level](Rig& rig) { rig.policy.mta->tls = level; }; };
    const auto relays = [](Rig& rig) { rig.policy.mta->relays = true; };
    const auto policy = [](Rig& rig) {
        rig.policy.mta->tables = true;
        rig.destinations.looked_up = DestinationFacts{false, true};
    };
    const Row rows[] = {
        {"relayhost", pinned, relays, "relayhost"},
        {"relayhost, a server left out", left_out, relays, "relayhost"},
        {"relayhost, another transport", slow, relays, "relayhost"},
        {"relayhost, permitted", pinned,
         [&](Rig& rig) {
             relays(rig);
             rig.policy.bypass_relayhost = true;
         },
         "not left alone: route"},
        {"relayhost, a hold", held, relays, "not left alone: hold"},
        {"TLS policy", left_out, policy, "tls_policy"},
        {"TLS policy, another transport", slow, policy, "not left alone: route"},
        {"TLS policy, permitted", left_out,
         [&](Rig& rig) {
             policy(rig);
             rig.policy.insecure_override = true;
         },
         "not left alone: route"},
        {"TLS policy, a hold", held, policy, "not left alone: hold"},
        {"certificates everywhere", left_out, tls(TlsIdentity::name), "tls_policy"},
        {"DANE, and the MX set is not secure", left_out, tls(TlsIdentity::dane), "not left alone: route"},
        {"DANE, and nobody knows", pinned, tls(TlsIdentity::dane), "tls_policy"},
        {"DANE, and the MX set is secure", left_out,
         [&](Rig& rig) {
             tls(TlsIdentity::dane)(rig);
             auto secure = *set_of({"mx1.example.com", "mx2.example.com"});
             secure.secure = true;
             rig.resolver.looked_up = std::make_shared<const mail::MxSet>(secure);
         },
         "tls_policy"},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        Rig rig(row.script);
        row.change(rig);
        CHECK(cause_of(rig.ask()) == row.wanted);
    }
}

TEST_CASE("name servers that do not answer are not waited for with each question") {
    Rig rig("function CheckServer() return false, 5 end");
    rig.policy.deadline = std::chrono::milliseconds(20);
    rig.resolver.mode = FakeResolver::Mode::never;
    const auto detail = [&](const char* recipient) {
        const auto verdict = rig.ask(rig.question(recipient));
        REQUIRE(cause_of(verdict) == "deadline");
        return std::get<decide::LeaveAlone>(verdict).detail;
    };
    for (const auto* recipient : {"u@a.test", "u@b.test", "u@c.test"})
        CHECK(detail(recipient) == "MX lookups: it goes on");
    CHECK(detail("u@d.test") == "MX lookups: none came in time lately");
    CHECK(rig.resolver.lookups.size() == 4);  // it is looked up all the same
}

TEST_CASE("where smtp(8) asks about MX records, servers are left out there") {
    const char* const left_out = "function CheckServer(d, s) return s ~= 'mx1.example.com' end";
    struct Row {
        const char* name;
        const char* script;
        std::function<void(Rig&)> change;
        std::string wanted;
        bool ignored;
    };
    const auto set = [](auto change) {
        return [change](Rig& rig) {
            auto other = *set_of({"mx1.example.com", "mx2.example.com"});
            change(other);
            rig.resolver.looked_up = std::make_shared<const mail::MxSet>(other);
        };
    };
    const auto nothing = [](Rig&) {};
    const Row rows[] = {
        {"one of two", left_out, nothing, "mxfilter", true},
        {"a TLS policy is not in its way", left_out,
         [](Rig& rig) { rig.policy.mta->tls = mail::TlsIdentity::name; }, "mxfilter", true},
        {"no objection", "function CheckServer() end", nothing, "nothing_to_change", false},
        {"all of them: that is a hold", "function CheckServer() return false end", nothing,
         "not left alone: hold", false},
        {"other servers", "function GetOverrides() return 'mx5.test' end", nothing, "not left alone: route",
         false},
        {"mail leaves through a relayhost", left_out, [](Rig& rig) { rig.policy.mta->relays = true; },
         "relayhost", false},
        {"not wired", left_out, [](Rig& rig) { rig.policy.mta->filters = false; }, "not left alone: route",
         false},
        {"this host is in the set", left_out, set([](mail::MxSet& other) {
             other.hosts.push_back(other.hosts.back());
             other.hosts.back().name = "me.example.com";
             other.hosts.back().self = true;
         }),
         "not left alone: route", false},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        Rig rig(row.script);
        rig.policy.mta->filters = true;
        row.change(rig);
        auto dry = rig.question();
        dry.dry_run = true;
        CHECK(cause_of(rig.ask(std::move(dry))) == row.wanted);
        CHECK_FALSE(rig.knowledge.vetoes.left_out("example.com", "mx1.example.com", rig.clock.now()));
        CHECK(cause_of(rig.ask()) == row.wanted);
        CHECK(rig.knowledge.vetoes.left_out("example.com", "mx1.example.com", rig.clock.now()) ==
              row.ignored);
    }
}

TEST_CASE("observe: nothing is left out where smtp(8) asks") {
    Rig rig("function CheckServer(d, s) return s ~= 'mx1.example.com' end");
    rig.policy.mta->filters = true;
    rig.policy.observe = true;
    CHECK(cause_of(rig.ask()) == "observe");
    CHECK_FALSE(rig.knowledge.vetoes.left_out("example.com", "mx1.example.com", rig.clock.now()));
}

TEST_CASE("answers that depend on the message are enforced by the nexthop") {
    Rig rig(
        "function CheckServer(d, s, retries, size) if s == 'mx1.example.com' and size > 1000 then return "
        "false end end");
    rig.policy.mta->filters = true;
    const auto ask = [&](const char* id, const char* recipient, std::uint64_t size) {
        rig.knowledge.queue.active(id, "a@x.test", size, rig.clock.wall());
        rig.knowledge.queue.outcome(id, recipient, true, false, rig.clock.wall());
        return cause_of(rig.ask(rig.question(recipient)));
    };
    CHECK(ask("1", "big@example.com", 5'000) == "mxfilter");
    CHECK(ask("2", "small@example.com", 10) == "nothing_to_change");
    CHECK(ask("3", "bigger@example.com", 6'000) == "not left alone: route");
    CHECK_FALSE(rig.knowledge.vetoes.left_out("example.com", "mx1.example.com", rig.clock.now()));
    CHECK(ask("4", "smaller@example.com", 9) == "nothing_to_change");
}
