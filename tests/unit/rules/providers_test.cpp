// Providers: whom a host and a domain belong to, and what is refused with which words.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "config/source.hpp"
#include "rules/providers.hpp"
#include "rules/providers_file.hpp"
#include "rules/star.hpp"

using namespace nexthopd;

namespace {

std::string provider(const std::string& name, const std::string& mx, const std::string& example,
                     const std::string& more = "") {
    return "[[provider]]\nname = '" + name + "'\nmx = [" + mx + "]\nexample = '" + example + "'\n" + more +
           "\n";
}

std::shared_ptr<const rules::Providers> build(const std::string& text) {
    auto list = rules::read_providers({{"providers.toml", text}});
    REQUIRE(list);
    auto built = rules::Providers::build(*std::move(list));
    if (!built) FAIL(config::to_text(built.error().front()));
    return *built;
}

std::string problem_of(const std::string& text) {
    const auto list = rules::read_providers({{"my.toml", text}});
    if (!list) return config::to_text(list.error().front());
    const auto built = rules::Providers::build(*list);
    return built ? "" : config::to_text(built.error().front());
}

std::string name_of(const rules::Provider* provider) {
    return provider == nullptr ? "none" : provider->name;
}

mail::MxSet set_of(const std::vector<std::string>& hosts) {
    mail::MxSet set;
    set.state = mail::MxSet::State::hosts;
    for (const auto& host : hosts)
        set.hosts.push_back({host, 10, true, false, false, {}});
    return set;
}

std::string shipped_text() {
    std::ifstream file(std::string(NEXTHOPD_SOURCE) + "/conf.d/providers.toml");
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

}  // namespace

TEST_CASE("a host belongs to the provider with the longest name above it") {
    const auto built =
        build(provider("wide", "'example.com'", "mx.example.com") +
              provider("narrow", "'in.example.com', 'mx*.out.example.com'", "a.in.example.com"));
    struct Row {
        std::string_view host, wanted;
    };
    for (const auto& [host, wanted] : std::vector<Row>{{"example.com", "wide"},
                                                       {"a.b.example.com", "wide"},
                                                       {"in.example.com", "narrow"},
                                                       {"a.in.example.com", "narrow"},
                                                       {"notin.example.com", "wide"},
                                                       {"mx.out.example.com", "narrow"},
                                                       {"mx17.out.example.com", "narrow"},
                                                       {"a.mx17.out.example.com", "wide"},
                                                       {"out.example.com", "wide"},
                                                       {"badexample.com", "none"},
                                                       {"com", "none"},
                                                       {"", "none"},
                                                       {"...", "none"}}) {
        INFO(host);
        CHECK(name_of(built->of_host(host)) == wanted);
    }
}

TEST_CASE("a domain belongs to a provider by its name, or when all of its servers do") {
    const auto built = build(provider("big", "'big.net'", "mx.big.net", "domains = ['Big.Example']") +
                             provider("other", "'other.net'", "mx.other.net"));
    CHECK(name_of(built->of("shop.example", set_of({"mx1.big.net", "mx2.big.net"}))) == "big");
    CHECK(name_of(built->of("shop.example", set_of({"mx1.big.net", "mx.shop.example"}))) == "none");
    CHECK(name_of(built->of("shop.example", set_of({"mx1.big.net", "mx.other.net"}))) == "none");
    CHECK(name_of(built->of("shop.example", set_of({}))) == "none");
    CHECK(name_of(built->of("big.example", set_of({"mx.elsewhere.org"}))) == "big");
}

TEST_CASE("what is wrong with providers is told with its place") {
    struct Row {
        std::string text, wanted;
    };
    const auto good = provider("a", "'a.net'", "mx.a.net");
    for (
        const auto& [text, wanted] : std::vector<Row>{
            {"[[provider]]\nname='a'\nmxs=['a.net']\nexample='a.net'\n",
             R"(my.toml:3:1: unknown key "provider.mxs"; did you mean "mx"?)"},
            {"[[provider]]\nname='a'\nexample='a.net'\n",
             R"(my.toml:1:1: this [[provider]] needs "mx" or "domains": else nothing belongs to it)"},
            {"[[provider]]\nname='a'\nmx=['a.net']\n",
             R"(my.toml:1:1: this [[provider]] needs a key "example")"},
            {provider("a", "'a.*.net'", "a.b.net"),
             R"(my.toml:3:7: provider.mx = "a.*.net": a star may stand in the first label only, as in "mx*.example.com")"},
            {provider("a", "'net'", "a.net"),
             R"(my.toml:3:7: provider.mx = "net": write the name of a host, which stands for those below it too, or "mx*.example.com")"},
            {provider("a", "'a.net'", "b.net"),
             R"(my.toml:1:1: [[provider]] "a": its example matches none of its entries)"},
            {good + provider("b", "'b.net'", "mx.a.net"),
             R"(my.toml:6:1: [[provider]] "b": its example "mx.a.net" belongs to "a" (my.toml:1))"},
            {good + provider("b", "'a.net', 'b.net'", "b.net"),
             R"(my.toml:6:1: [[provider]] "b": "a.net" belongs to "a" already (my.toml:1))"},
            {provider("a", "'a.net', 'mx.a.net'", "mx.a.net"),
             R"(my.toml:1:1: [[provider]] "a": "mx.a.net" is not needed: "a.net" has those hosts already)"},
            {provider("a", "'a.net', 'mx*.a.net'", "mx.a.net"),
             R"(my.toml:1:1: [[provider]] "a": "mx*.a.net" is not needed: "a.net" has those hosts already)"},
            {provider("a", "'mx*.a.net'", "mx.a.net") + provider("b", "'*1.a.net'", "b1.a.net"),
             R"(my.toml:6:1: [[provider]] "b": some hosts match both "*1.a.net" and "mx*.a.net" of "a")"},
            {good + good,
             R"(my.toml:6:1: a [[provider]] with the name "a" stands already at my.toml:1: each needs its own)"},
            {provider("a", "'a.net'", "a.net", "transport = 'slow:[x]'"),
             R"(my.toml:5:13: provider.transport = "slow:[x]": write the name of a transport of master.cf: letters, digits, "-", "_" and ".")"},
            {"provider = 1\n",
             R"(my.toml:1:1: there can be several of "provider": write [[provider]] and below it its keys)"}}) {
        INFO(text);
        CHECK(problem_of(text) == wanted);
    }
}

TEST_CASE("a narrower entry of one provider may stand between two of another") {
    CHECK(
        problem_of(provider("a", "'a.net', 'x.b.a.net'", "mx.a.net") + provider("b", "'b.a.net'", "b.a.net"))
            .empty());
}

TEST_CASE("a provider of one's own takes the place of the shipped one") {
    const auto list = rules::read_providers({{"conf.d/20-mine.toml", provider("a", "'mine.net'", "mine.net")},
                                             {"conf.d/providers.toml", provider("a", "'a.net'", "a.net")}});
    REQUIRE(list);
    REQUIRE(list->size() == 1);
    CHECK(list->front().mx == std::vector<std::string>{"mine.net"});
}

TEST_CASE("stars of one label") {
    CHECK(rules::star_matches("mx*", "mx"));
    CHECK(rules::star_matches("*a*b", "xaxxaxb"));
    CHECK_FALSE(rules::star_matches("mx*1", "mx12"));
    CHECK_FALSE(rules::star_matches("", "a"));
    CHECK(rules::star_matches(std::string(30, '*') + "b", std::string(63, 'a') + "b"));
    CHECK(rules::stars_meet("mx*", "*1"));
    CHECK(rules::stars_meet("a*c", "abc"));
    CHECK_FALSE(rules::stars_meet("a*", "b*"));
    CHECK_FALSE(rules::stars_meet("a*b", "a*c"));
    CHECK(rules::stars_meet("*", ""));
    CHECK_FALSE(rules::stars_meet("a", "ab"));
}

TEST_CASE("the shipped providers fit together") {
    const auto built = build(shipped_text());
    CHECK(built->list().size() > 60);
    CHECK(name_of(built->of("gmail.com", set_of({"gmail-smtp-in.l.google.com",
                                                 "alt1.gmail-smtp-in.l.google.com"}))) == "google");
    CHECK(name_of(built->of_host("contoso-com.o-v1.mx.microsoft")) == "microsoft-365");
    CHECK(name_of(built->of_host("hotmail-com.olc.protection.outlook.com")) == "outlook");
    // Customers' own machines.
    for (const auto* const host :
         {"static.1.2.0.192.clients.your-server.de", "vps-1.vps.ovh.net",
          "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com", "c-192-0-2-1.hsd1.ca.comcast.net"})
        CHECK(name_of(built->of_host(host)) == "none");
}
