// Rules files: what is taken, what is refused and with which words.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "classify/rules_file.hpp"
#include "rules/providers_file.hpp"
#include "rules/rule_set.hpp"
#include "rules/rules_file.hpp"

using namespace nexthopd;
using namespace std::chrono_literals;
using mail::HoldScope;

namespace {

std::string problem_of(const std::string& text) {
    const auto list = rules::read_rules({{"my.toml", text}});
    if (!list) return config::to_text(list.error().front());
    const auto built = rules::RuleSet::build(*list, std::make_shared<rules::Providers>(), nullptr);
    return built ? "" : config::to_text(built.error().front());
}

rules::Rule one(const std::string& text) {
    const auto list = rules::read_rules({{"my.toml", text}});
    if (!list) FAIL(config::to_text(list.error().front()));
    return list->front();
}

std::string file_text(const std::string& name) {
    std::ifstream file(std::string(NEXTHOPD_SOURCE) + "/conf.d/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

}  // namespace

TEST_CASE("a rule with all that it can say") {
    const auto rule = one(R"(
[[rule]]
name = "a"
when = { reason = ["rate", "reputation"], class = "45", pattern = 'too +much', stage = "mail", provider = "big", domain = ["Bücher.example"], server = "MX.Example.COM" }
trigger = "50% of 20 in 15m"
hold = "provider"
for = "5m"
stated = true
most = "1h"
ramp = "10/m"
mode = "25%"
example = "421 Too much"
)");
    CHECK(rule.when.reasons == std::vector{classify::Reason::rate, classify::Reason::reputation});
    CHECK(rule.when.domains == std::vector<std::string>{"xn--bcher-kva.example"});
    CHECK(rule.when.servers == std::vector<std::string>{"mx.example.com"});
    CHECK(rule.trigger == rules::Trigger{rules::Trigger::Kind::share, 20, 0.5, 900s});
    CHECK(rule.scope == HoldScope::provider);
    CHECK(rule.length == 5min);
    CHECK(rule.most == 1h);
    CHECK(rule.ramp == rules::Limit{10, 1min, 1});
    CHECK(rule.mode->percent == 25);
    CHECK_FALSE(rule.standing());
}

TEST_CASE("a throttle without replies is in force by itself") {
    const auto rule =
        one("[[rule]]\nname='t'\nwhen={provider='big'}\nthrottle='100/10m,max_burst=5'\nper='provider'\n");
    CHECK(rule.action == rules::Rule::Action::throttle);
    CHECK(rule.throttle == rules::Limit{100, 10min, 5});
    CHECK(rule.standing());
}

TEST_CASE("what is wrong with rules is told with its place") {
    struct Row {
        std::string text, wanted;
    };
    const std::string head = "[[rule]]\nname='a'\n";
    for (
        const auto& [text, wanted] : std::vector<Row>{
            {"[[rule]]\nwhen={reason='rate'}\nhold='mail'\n",
             R"(my.toml:1:1: this [[rule]] needs a key "name")"},
            {head + "when={reson='rate'}\nhold='mail'\n",
             R"(my.toml:3:7: unknown key "rule.when.reson"; did you mean "reason"?)"},
            {head + "when={reason='rates'}\nhold='mail'\n",
             R"(my.toml:3:14: rule.when.reason = "rates": did you mean "rate"?)"},
            {head + "wen={reason='rate'}\nhold='mail'\n",
             R"(my.toml:3:1: unknown key "rule.wen"; did you mean "when"?)"},
            {head + "when={reason='rate'}\n",
             R"(my.toml:1:1: this [[rule]] needs one of "hold", "transport", "throttle" and "warn")"},
            {head + "when={reason='rate'}\nhold='mail'\nwarn='mail'\n",
             R"(my.toml:1:1: this [[rule]] needs one of "hold", "transport", "throttle" and "warn")"},
            {head + "when={reason='rate'}\nhold='mall'\n",
             R"(my.toml:4:6: rule.hold = "mall": write "provider" or "server" or "domain" or "mail")"},
            {head + "when={}\nhold='domain'\n",
             R"(my.toml:1:1: "when" is empty, so every attempt would count: name a reason, class, stage or pattern)"},
            {head + "when={domain='a.example'}\nhold='domain'\n",
             R"(my.toml:1:1: "when" says nothing of replies: name a reason, class, stage or pattern)"},
            {head + "when={reason='quota'}\nhold='domain'\n",
             R"(my.toml:1:1: a full or unknown mailbox says nothing of other mail: write "mail")"},
            {head + "when={reason='rate'}\ntrigger='5 per 10m'\nhold='mail'\n",
             R"(my.toml:4:9: rule.trigger = "5 per 10m": write "immediate", so many in a time as "5 in 10m", or "50% of 20 in 10m")"},
            {head + "when={reason='rate'}\nhold='mail'\nfor='30h'\n",
             R"(my.toml:5:5: rule.for = "30h": must be from 1s to 1d: longer needs a person who decides it)"},
            {head + "when={pattern='a{20}'}\nhold='mail'\nexample='a'\n",
             R"(my.toml:3:15: rule.when.pattern = "a{20}": )"},
            {head + "when={pattern='busy'}\nhold='mail'\n",
             R"(my.toml:1:1: this [[rule]] has a pattern: it needs an example that matches it)"},
            {head + "when={pattern='busy'}\nhold='mail'\nexample='421 idle'\n",
             R"(my.toml:1:1: [[rule]] "a": its example is not matched by its pattern)"},
            {head + "when={class='5'}\nhold='mail'\nexample='421 busy'\n",
             R"(my.toml:1:1: [[rule]] "a": its example is no reply of class "5")"},
            {head + "when={class='4', provider='gogle'}\nhold='mail'\n",
             R"(my.toml:1:1: [[rule]] "a": there is no [[provider]] "gogle")"},
            {head + "when={}\nthrottle='5/10m'\n",
             R"(my.toml:1:1: this [[rule]] needs "per": "provider", "server", "domain" or "connection")"},
            {head + "when={class='4'}\nhold='mail'\nper='domain'\n",
             R"(my.toml:1:1: "per" goes with "transport" and "throttle": what waits is named already)"},
            {head + "when={}\nthrottle='0/10m'\nper='domain'\n",
             R"(my.toml:4:10: rule.throttle = "0/10m": write so many in a time, as in "100/10m" or "100/10m,max_burst=5" (at most 1000000 in 24h))"},
            {head + "when={class='4'}\nhold='mail'\nmode='101%'\n",
             R"(my.toml:5:6: rule.mode = "101%": write "observe", "enforce" or a percentage as "25%")"}}) {
        INFO(text);
        CHECK(problem_of(text).substr(0, wanted.size()) == wanted);
        CHECK_FALSE(problem_of(text).empty());
    }
}

TEST_CASE("a rule has the same version where it says the same, and another where it does not") {
    const std::string text = "[[rule]]\nname='a'\nwhen={reason='rate'}\nhold='mail'\n";
    CHECK(one(text).version() == one("\n\n" + text).version());
    CHECK(one(text).version() != one(text + "for='20m'\n").version());
    CHECK(one(text).version() != one(text + "mode='observe'\n").version());
}

TEST_CASE("the shipped rules are what they say, and act only when they are told to") {
    auto replies = classify::read_rules({{"replies.toml", file_text("replies.toml")}});
    REQUIRE(replies);
    const auto classifier = classify::Classifier::build(*std::move(replies));
    REQUIRE(classifier);
    const auto providers =
        rules::Providers::build(*rules::read_providers({{"providers.toml", file_text("providers.toml")}}));
    auto list = rules::read_rules({{"rules.toml", file_text("rules.toml")}});
    if (!list) FAIL(config::to_text(list.error().front()));
    const auto built = rules::RuleSet::build(*list, *providers, classifier->get());
    if (!built) FAIL(config::to_text(built.error().front()));
    for (const auto& rule : *list) {
        INFO(rule.name);
        CHECK_FALSE(rule.mode);
    }
}

TEST_CASE("a full or unknown mailbox matches no rule about others") {
    const auto list = rules::read_rules({{"a.toml",
                                          "[[rule]]\nname='wide'\nwhen={class='45'}\nhold='provider'\n"
                                          "[[rule]]\nname='own'\nwhen={class='45'}\nhold='mail'\n"}});
    const auto set = *rules::RuleSet::build(*list, std::make_shared<rules::Providers>(), nullptr);
    mail::Attempt attempt;
    attempt.result = "452 4.2.2 full";
    attempt.status = mail::Status::deferred;
    CHECK(set->matches(0, attempt, nullptr));
    for (const auto* const reason : {"quota", "recipient"}) {
        attempt.reason = reason;
        CHECK_FALSE(set->matches(0, attempt, nullptr));
        CHECK(set->matches(1, attempt, nullptr));
    }
}
