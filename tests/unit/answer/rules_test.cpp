// Rules on the path of a question: what is held, left out, limited, and that a script has the last word.
#include <algorithm>

#include <string>

#include "answer/answer_rig.hpp"
#include "rules/providers_file.hpp"
#include "rules/rules_file.hpp"

using namespace nexthopd;
using namespace nexthopd::answer::test;
using namespace std::chrono_literals;
using decide::LeaveAlone;

namespace {

const std::string provider = "[[provider]]\nname='big'\nmx=['example.com']\nexample='mx1.example.com'\n";

struct RulesRig : Rig {
    explicit RulesRig(const std::string& text, std::string_view script = {}) : Rig(script) {
        const std::vector<config::Source> sources{{"rules.toml", text}};
        auto list = rules::read_rules(sources);
        if (!list) FAIL(config::to_text(list.error().front()));
        auto set =
            rules::RuleSet::build(*list, *rules::Providers::build(*rules::read_providers(sources)), nullptr);
        if (!set) FAIL(config::to_text(set.error().front()));
        rules::BackOff::Options options;
        options.usual.percent = 100;
        knowledge.back_off.set_rules(*set, options, moment(), effects);
        resolver.in_cache["example.com"] = set_of({"mx1.example.com", "mx2.example.com"});
    }
    rules::Moment moment() const { return {clock.now(), clock.wall()}; }
    void refuse(const std::string& server) {
        mail::Attempt attempt;
        attempt.time = clock.wall();
        attempt.recipient = "other@example.com";
        attempt.domain = "example.com";
        attempt.server = server;
        attempt.result = "421 4.7.0 too much";
        attempt.status = mail::Status::deferred;
        const auto* const owner = knowledge.back_off.rules().providers().of_host(server);
        knowledge.back_off.attempt(attempt, owner, true, moment(), effects);
    }
    rules::Effects effects;
};

std::string rule(const std::string& more) {
    return provider + "[[rule]]\nname='busy'\nwhen={class='4'}\n" + more + "\n";
}

}  // namespace

TEST_CASE("nothing has happened: rules change nothing, and nothing is looked up") {
    RulesRig rig(rule("hold='provider'"));
    CHECK(cause_of(rig.ask()) == "no_hooks");
    CHECK(rig.resolver.lookups.empty());
}

TEST_CASE("scripts are told the provider of a server") {
    RulesRig rig(rule("hold='provider'"),
                 "function CheckServer(d, server) print(tostring(nexthop.provider(server)), "
                 "tostring(nexthop.provider('mx.elsewhere.test'))) end");
    answer::Trace trace(rig.clock.now());
    rig.ask(rig.question(), &trace);
    const auto printed = std::find_if(trace.steps().begin(), trace.steps().end(),
                                      [](const answer::TraceStep& step) { return step.what == "print"; });
    REQUIRE(printed != trace.steps().end());
    CHECK(printed->detail == "big\tnil");
}

TEST_CASE("mail to a domain that is held waits, and no hook runs") {
    RulesRig rig(rule("hold='domain'"), "function CheckServer() error('not to be called') end");
    rig.refuse("mx1.example.com");
    CHECK(held(rig.ask()).id == rig.effects.started.front().id);
    CHECK(rig.resolver.lookups.empty());
    CHECK(cause_of(rig.ask(rig.question("user@elsewhere.test"))) != "not left alone: hold");
    SECTION("a late question is held all the same") {
        auto late = rig.question();
        late.arrival -= rig.policy.deadline;
        CHECK(held(rig.ask(std::move(late))).id == rig.effects.started.front().id);
    }
    SECTION("mode = observe") {
        rig.policy.observe = true;
        rules::BackOff::Options options;
        options.observe = true;
        options.usual.percent = 100;
        rig.knowledge.back_off.set_rules(std::make_shared<rules::RuleSet>(rig.knowledge.back_off.rules()),
                                         options, rig.moment(), rig.effects);
        CHECK(cause_of(rig.ask()) == "script_error");
    }
}

TEST_CASE("mail of a provider that is held waits: its servers are looked up if need be") {
    RulesRig rig(rule("hold='provider'"));
    rig.refuse("mx1.example.com");
    CHECK(held(rig.ask()).id == rig.effects.started.front().id);
    CHECK(rig.need == answer::Run::Need::nothing);
    rig.resolver.looked_up = set_of({"mx9.example.com"});
    CHECK(std::holds_alternative<decide::Held>(rig.ask(rig.question("user@customer.test"))));
    CHECK(rig.need == answer::Run::Need::mx_set);
    rig.resolver.looked_up = set_of({"mx9.example.com", "mx.own.test"});
    CHECK(cause_of(rig.ask(rig.question("user@mixed.test"))) == "nothing_to_change");
}

TEST_CASE("a dry run does not use up what lets one message go") {
    RulesRig rig(rule("hold='domain'\nfor='5m'"));
    rig.refuse("mx1.example.com");
    rig.clock.offset += 6min;
    rig.clock.wall_time += 6min;
    CHECK(cause_of(rig.ask_dry()) == "no_hooks");
    CHECK(cause_of(rig.ask_dry()) == "no_hooks");
    CHECK(cause_of(rig.ask()) == "no_hooks");  // the probe
    CHECK(std::holds_alternative<decide::Held>(rig.ask()));
    CHECK(std::holds_alternative<decide::Held>(rig.ask_dry()));
}

TEST_CASE("a server that a rule holds is left out") {
    SECTION("without a script") {
        RulesRig rig(rule("hold='server'\nfor='7m'"));
        rig.refuse("mx1.example.com");
        CHECK(route_of(rig.ask()) == ":[mx2.example.com]");
        rig.refuse("mx2.example.com");
        const auto verdict = rig.ask();
        CHECK(held(verdict).until <= rig.clock.wall() + 7min + 2s);
        REQUIRE(rig.recorder.holds.size() == 1);
        CHECK(rig.recorder.holds.front().rule == "busy");
        CHECK(rig.recorder.holds.front().reason == "held: mx1.example.com, mx2.example.com");
        CHECK_FALSE(rig.recorder.holds.front().version.empty());
    }
    SECTION("the script is told by defaultResult") {
        RulesRig rig(
            rule("hold='server'"),
            "function CheckServer(domain, server, n, s, default) print(server, default) return default end");
        rig.refuse("mx1.example.com");
        CHECK(route_of(rig.ask()) == ":[mx2.example.com]");
    }
    SECTION("the script has the last word") {
        RulesRig rig(rule("hold='server'"), "function CheckServer() return true end");
        rig.refuse("mx1.example.com");
        CHECK(cause_of(rig.ask()) == "nothing_to_change");
    }
}

TEST_CASE("over a limit mail waits for exactly the time until its turn, and then goes") {
    RulesRig rig(provider + "[[rule]]\nname='slow'\nwhen={provider='big'}\nthrottle='6/m'\nper='provider'\n");
    CHECK(cause_of(rig.ask()) == "nothing_to_change");
    const auto verdict = rig.ask(rig.question("second@example.com"));
    const auto left = held(verdict).until - rig.clock.wall();
    CHECK(left > 9s);
    CHECK(left <= 10s);
    CHECK(rig.recorder.holds.front().rule == "slow");
    rig.clock.offset += 10s;
    rig.clock.wall_time += 10s;
    rig.knowledge.holds.take_ended(rig.clock.now(), rig.clock.wall(), 9);
    CHECK(cause_of(rig.ask(rig.question("second@example.com"))) == "nothing_to_change");
    CHECK(std::holds_alternative<decide::Held>(rig.ask(rig.question("third@example.com"))));
}

TEST_CASE("a provider's transport, the domain staying the nexthop") {
    const std::string text = provider + "transport='bigmail'\n";
    RulesRig rig(text);
    CHECK(route_of(rig.ask()) == "bigmail:");
    rig.policy.mta->relays = true;
    CHECK(cause_of(rig.ask()) == "relayhost");
    RulesRig chosen(text, "function FinalOverrides() return { 'mx2.example.com', transport = 'mine' } end");
    CHECK(route_of(chosen.ask()) == "mine:[mx2.example.com]");
}
