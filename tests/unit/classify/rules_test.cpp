// Rules files: what is taken, what is refused and with which words.
#include <string>
#include <vector>

#include "catch.hpp"
#include "classify/classifier.hpp"
#include "classify/rules_file.hpp"

using namespace nexthopd;
using classify::Reason;

namespace {

std::string rule(const std::string& name, const std::string& pattern, const std::string& example,
                 const std::string& more = "reason = 'other'") {
    return "[[reply]]\nname = '" + name + "'\npattern = '" + pattern + "'\nexample = '" + example + "'\n" +
           more + "\n";
}

std::string problem_of(const std::vector<config::Source>& sources) {
    const auto rules = classify::read_rules(sources);
    if (!rules) return config::to_text(rules.error().front());
    const auto classifier = classify::Classifier::build(*rules);
    return classifier ? "" : config::to_text(classifier.error().front());
}

std::vector<std::string> names(const std::vector<config::Source>& sources) {
    std::vector<std::string> out;
    const auto rules = classify::read_rules(sources);
    REQUIRE(rules);
    for (const auto& one : *rules)
        out.push_back(one.name);
    return out;
}

}  // namespace

TEST_CASE("the first rule that matches wins, and its example proves that it can") {
    const auto rules = classify::read_rules(
        {{"a.toml", rule("quota", "full", "452 full", "reason = 'quota'") +
                        rule("user", "user|full", "550 user", "reason = 'recipient'\nscope = 'host'")}});
    REQUIRE(rules);
    const auto classifier = classify::Classifier::build(*rules);
    REQUIRE(classifier);
    CHECK((*classifier)->classify("452 user mailbox FULL")->rule->reason == Reason::quota);
    CHECK((*classifier)->classify("452 user mailbox FULL")->rule->scope == classify::Scope::recipient);
    CHECK((*classifier)->classify("550 user")->rule->scope == classify::Scope::host);
    CHECK_FALSE((*classifier)->classify("550"));
    CHECK_FALSE((*classifier)->classify(""));
}

TEST_CASE("a stage is a condition") {
    const auto rules =
        classify::read_rules({{"a.toml", rule("greeting", "rejected", "554 rejected",
                                              "reason = 'reputation'\nstage = ['greeting', 'ehlo']")}});
    REQUIRE(rules);
    const auto classifier = *classify::Classifier::build(*rules);
    CHECK(classifier->classify("554 rejected", mail::Stage::ehlo));
    CHECK_FALSE(classifier->classify("554 rejected", mail::Stage::rcpt));
    CHECK_FALSE(classifier->classify("554 rejected"));
    CHECK(classifier->classify("host mx[192.0.2.1] refused to talk to me: 554 rejected"));
}

TEST_CASE("mistakes are named with file, line and rule") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {rule("a", "b", "c"), "a.toml:1:1: [[reply]] \"a\": its example is not matched by its pattern"},
        {rule("a", "b", "b") + rule("c", "bb", "bb"),
         "a.toml:6:1: [[reply]] \"c\": its example is matched by \"a\" (a.toml:1), which stands "
         "before it: move this rule up, or make the other narrower"},
        {rule("a", "b.{0,40}c", "bc"),
         "a.toml:1:1: [[reply]] \"a\": pattern: a counted gap ({0,40}) is not permitted, it is a thousand "
         "times "
         "as slow: write * instead, as in .*"},
        {rule("a", "(b", "b"),
         "a.toml:1:1: [[reply]] \"a\": pattern: not a regular expression (RE2): missing ): (b"},
        {rule("a", "b?", "b"), "a.toml:1:1: [[reply]] \"a\": pattern: it matches everything"},
        {rule("a", "b", "b") + rule("a", "c", "c"),
         "a.toml:6:1: a [[reply]] with the name \"a\" stands already at a.toml:1: each needs its own"},
        {rule("a", "b", "b", "reason = 'rates'"),
         "a.toml:5:10: reply.reason = \"rates\": write \"rate\" or \"reputation\" or \"greylist\" or "
         "\"policy\" or \"auth\" or \"content\" or \"recipient\" or \"quota\" or \"domain\" or "
         "\"network\" or \"other\""},
        {rule("a", "b", "b", "reason = 'rate'\nscop = 'host'"),
         "a.toml:6:1: unknown key \"reply.scop\"; did you mean \"scope\"?"},
        {"[[reply]]\nname = 'a'\npattern = 'b'\nreason = 'rate'\n",
         "a.toml:1:1: this [[reply]] needs a key \"example\""},
        {"reply = 1\n",
         "a.toml:1:1: there can be several of \"reply\": write [[reply]] and below it its keys"},
        {rule("a", "b", "b", "reason = 'rate'\nwait = '(?P<seconds>\\d+)'"),
         "a.toml:1:1: this [[reply]] has a wait: its example must state "
         "one, and example_wait say how long it is"},
        {rule("a", "b", "b 5", "reason = 'rate'\nwait = '(?P<seconds>\\d+)'\nexample_wait = '6s'"),
         "a.toml:1:1: [[reply]] \"a\": its example states a wait of 5s, and example_wait is a wait of 6s"},
        {rule("a", std::string(401, 'b'), "b"),
         "a.toml:1:1: [[reply]] \"a\": pattern: longer than 400 bytes: make it two rules"},
    };
    for (const auto& [text, problem] : cases) {
        INFO(text);
        CHECK(problem_of({{"a.toml", text}}) == problem);
    }
    CHECK(problem_of({{"a.toml", "[[reply\n"}}).starts_with("a.toml:1:"));
}

TEST_CASE("an administrator's rule takes the place of the shipped one, wherever its file stands") {
    const config::Source shipped{"/etc/conf.d/replies.toml",
                                 rule("a", "a", "a") + rule("b", "b", "b") + rule("c", "c", "c")};
    const config::Source own{"/etc/conf.d/20-own.toml",
                             rule("b", "bb", "bb", "reason = 'rate'") + rule("own", "o", "o")};
    CHECK(names({own, shipped}) == std::vector<std::string>{"own", "a", "b", "c"});
    CHECK(names({shipped, own}) == std::vector<std::string>{"a", "b", "c", "own"});
    for (const auto& sources : {std::vector{own, shipped}, std::vector{shipped, own}}) {
        const auto rules = classify::read_rules(sources);
        for (const auto& one : *rules)
            if (one.name == "b") CHECK(one.pattern == "bb");
    }
    // Two of the administrator's own contradict each other.
    const config::Source other{"/etc/conf.d/z.toml", rule("b", "bbb", "bbb")};
    CHECK_FALSE(classify::read_rules({own, shipped, other}));
    CHECK_FALSE(classify::read_rules({own, other, shipped}));
}

TEST_CASE("the number of rules and their memory are bounded") {
    std::string many;
    for (int i = 0; i < 1'001; ++i)
        many += rule("r" + std::to_string(i), "word" + std::to_string(i) + "end",
                     "word" + std::to_string(i) + "end");
    CHECK(problem_of({{"a.toml", many}}) == "a.toml:5001:1: more than 1000 [[reply]] rules");
    // What RE2 cannot hold is refused, and a set that was not compiled is never asked.
    std::string large;
    for (int i = 0; i < 900; ++i)
        large += rule(
            "r" + std::to_string(i),
            "(?:[a-zà-öа-я]+ )+x" + std::to_string(i) + "(?:[\\p{L}]+ )*(?:[\\p{Greek}\\p{Han}\\p{L}]+ )+y",
            "no");
    CHECK_FALSE(problem_of({{"a.toml", large}}).empty());
}
