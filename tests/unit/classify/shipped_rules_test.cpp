// The rules that nexthopd comes with, on replies that were not written for them.
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "classify/classifier.hpp"
#include "classify/rules_file.hpp"

using namespace nexthopd;
using nlohmann::json;

namespace {

const classify::Classifier& shipped() {
    static const auto classifier = [] {
        std::ifstream file(NEXTHOPD_SOURCE "/conf.d/replies.toml");
        std::ostringstream text;
        text << file.rdbuf();
        auto rules = classify::read_rules({{"replies.toml", text.str()}});
        if (!rules) FAIL(config::to_text(rules.error().front()));
        auto built = classify::Classifier::build(*std::move(rules));
        if (!built) FAIL(config::to_text(built.error().front()));
        return *std::move(built);
    }();
    return *classifier;
}

std::vector<json> lines(const std::string& path) {
    std::vector<json> out;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        out.push_back(json::parse(line));
    return out;
}

std::string reason_of(const std::string& reply) {
    const auto found = shipped().classify(reply);
    return found ? std::string(to_text(found->rule->reason)) : "";
}

/// The classes of the corpus are coarser.
std::string coarse(const std::string& reason) {
    if (reason == "greylist") return "rate";
    if (reason == "auth") return "policy";
    return reason;
}

struct Score {
    std::size_t asked = 0;
    std::size_t answered = 0;
    std::size_t right = 0;
};

double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Two halves by hash: figures that differ much would tell of rules that fit samples.
bool in_half_a(const std::string& reply) {
    std::uint32_t hash = 2'166'136'261U;  // FNV-1a: equal wherever the test runs
    for (const char c : reply)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
    return hash % 2 == 0;
}

}  // namespace

TEST_CASE("what providers publish, and what Postfix, Exim and greylisters say") {
    for (const auto& line : lines(NEXTHOPD_SOURCE "/tests/golden/replies/published.jsonl")) {
        const auto reply = line["reply"].get<std::string>();
        INFO(reply);
        CHECK(reason_of(reply) == (line["reason"].is_null() ? "" : line["reason"].get<std::string>()));
        const auto found = shipped().classify(reply);
        const auto wait = found && found->wait ? json(found->wait->count()) : json();
        CHECK(wait == line["wait"]);
    }
}

TEST_CASE("replies that others collected and labelled: precision and answered share") {
    const auto corpus = lines(NEXTHOPD_CORPORA "/corpora/replies-labelled.jsonl");
    if (corpus.empty()) {
        WARN("skipped: no corpora beside the checkout");
        return;
    }
    std::map<std::string, Score> scores;
    for (const auto& line : corpus) {
        const auto reply = line["reply"].get<std::string>();
        const auto reason = coarse(reason_of(reply));
        const bool right = reason == line["coarse"];
        for (const auto& name : {std::string("all"), std::string(in_half_a(reply) ? "half A" : "half B"),
                                 reason.empty() ? std::string("unknown") : reason}) {
            auto& score = scores[name];
            ++score.asked;
            score.answered += reason.empty() ? 0U : 1U;
            score.right += right ? 1U : 0U;
        }
    }
    for (const auto& [name, score] : scores)
        fmt::print("{:<12} n={:<4} answered {:.3f} precision {:.3f}\n", name, score.asked,
                   share(score.answered, score.asked), share(score.right, score.answered));
    for (const char* name : {"all", "half A", "half B"}) {
        INFO(name);
        CHECK(share(scores[name].answered, scores[name].asked) >= 0.70);
        CHECK(share(scores[name].right, scores[name].answered) >= 0.90);
    }
}

TEST_CASE("names of people and hosts are no words of a server") {
    CHECK(reason_of("550 5.7.1 <spam-greylist-quota@spamhaus.example> Sorry") == "");
    CHECK(reason_of(
              "host greylist.spamhaus.example[192.0.2.1] said: 550 Sorry (in reply to RCPT TO command)") ==
          "");
}

TEST_CASE("unknown stays unknown: no guess from a code that says too little") {
    for (const char* reply : {"421", "450 4.0.0", "550 5.7.1 Sorry", "451 4.7.0 Later", "554 5.0.0 No",
                              "250 2.0.0 Ok", "4.4.0 x"}) {
        INFO(reply);
        CHECK(reason_of(reply) == "");
    }
    CHECK(reason_of("550 5.1.1 Sorry") == "recipient");
    CHECK(reason_of("452 4.2.2 Sorry") == "quota");
}

TEST_CASE("hostile replies cost a bounded time") {
    std::string all;
    for (const auto& rule : shipped().rules())
        all += rule.example + ' ';
    for (std::size_t from = 0; from + 2'000 < all.size(); from += 997)
        static_cast<void>(shipped().classify(std::string_view(all).substr(from, 64'000)));
    CHECK(reason_of(std::string(64'000, 'a')) == "");
    CHECK(reason_of(std::string("550 \0\xff\xfe\n\r greylisted", 20)) == "greylist");
}
