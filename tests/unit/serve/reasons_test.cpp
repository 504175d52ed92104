#include "serve/reasons.hpp"

#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "ledger/temp_dir.hpp"
#include "serve/loading.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;

namespace {

std::string reply_rule(const std::string& name, const std::string& pattern, const std::string& example) {
    return "[[reply]]\nname = '" + name + "'\npattern = '" + pattern + "'\nreason = 'quota'\nexample = '" +
           example + "'\n";
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

mail::Attempt attempt(const char* result, mail::Status status) {
    mail::Attempt out;
    out.result = result;
    out.status = status;
    return out;
}

}  // namespace

TEST_CASE("attempts that failed get the reason of their reply") {
    Reasons reasons;
    std::vector<mail::Attempt> attempts;
    const auto add_three = [&] {
        const auto first = attempts.size();
        attempts.push_back(attempt("452 mailbox full", mail::Status::deferred));
        attempts.push_back(attempt("250 mailbox not full", mail::Status::sent));
        attempts.push_back(attempt("550 else", mail::Status::bounced));
        reasons.give(attempts, first);
    };
    add_three();
    CHECK(attempts[0].reason.empty());  // no rules yet

    reasons.use(load_rules({{"a.toml", reply_rule("a", "full", "full")}})->classifier, nullptr);
    add_three();
    CHECK(attempts[0].reason.empty());  // what was handed on is not touched again
    CHECK(attempts[3].reason == "quota");
    CHECK(attempts[4].reason.empty());
    CHECK(attempts[5].reason.empty());

    reasons.use(nullptr, nullptr);
    add_three();
    CHECK(attempts[6].reason.empty());
    CHECK(reasons.skipped() == 0);
}

TEST_CASE("attempts that failed get the wait that their reply states, and the patterns of rules that match") {
    const auto judgement = load_rules(
        {{"a.toml", reply_rule("a", "full", "full, try in 90 seconds") +
                        "wait = '(?P<seconds>\\d+) seconds'\nexample_wait = '90s'\n" +
                        "[[rule]]\nname = 'b'\nwhen = { pattern = 'try' }\nhold = 'mail'\nexample = '452 try'\n" +
                        "[[rule]]\nname = 'c'\nwhen = { pattern = 'never' }\nhold = 'mail'\nexample = '452 never'\n"}});
    if (!judgement) FAIL(config::to_text(judgement.error().front()));
    Reasons reasons;
    reasons.use(judgement->classifier, judgement->rules->patterns());
    std::vector<mail::Attempt> attempts{attempt("452 full, try in 300 seconds", mail::Status::deferred),
                                        attempt("250 try", mail::Status::sent)};
    reasons.give(attempts, 0);
    CHECK(attempts[0].wait == std::chrono::seconds(300));
    CHECK(attempts[0].matched == std::vector{classify::pattern_id("try")});
    CHECK(attempts[1].matched.empty());
}

TEST_CASE("rules are read with the settings, and mistakes in them refuse a reload, but no start") {
    const test::TempDir folder;
    const auto file = folder / "nexthopd.toml";
    const auto settings = "[script]\nfile = \"" + (folder / "rules.lua") + "\"\n[ledger]\ndatabase = \"" +
                          (folder / "ledger.db") + "\"\n";
    write_file(folder / "rules.lua", "function CheckServer() end");
    write_file(file, settings + reply_rule("a", "full", "full"));
    const auto good = load(file);
    REQUIRE(good);
    REQUIRE(good->judgement.classifier);
    CHECK(good->judgement.classifier->classify("452 full"));
    REQUIRE(keep(folder / "", file, good->texts));

    write_file(file, settings + reply_rule("a", "full", "empty"));
    const auto bad = load(file);
    REQUIRE_FALSE(bad);
    CHECK(bad.error() == std::vector<std::string>{
                             file + ":5:1: [[reply]] \"a\": its example is not matched by its pattern"});

    const auto start = load_for_start(file);
    CHECK(start.problems.empty());
    CHECK(start.loaded.script);
    const auto rules = load_rules_for_start(file, folder / "", start.loaded.texts.sources);
    CHECK(rules.problems == bad.error());
    REQUIRE(rules.judgement);  // the last good ones
    CHECK(rules.judgement->classifier->classify("452 full"));
    CHECK_FALSE(load_rules_for_start(folder / "other.toml", folder / "", start.loaded.texts.sources).judgement);
}

TEST_CASE("without a [[reply]] there are no rules") {
    const auto none = load_rules({{"a.toml", "mode = \"observe\"\n"}});
    REQUIRE(none);
    CHECK(none->classifier == nullptr);
    CHECK(none->rules->rules().empty());
}
