#include "answer/script_lookup.hpp"

#include "answer_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;
using namespace nexthopd::answer::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* only_with_spf = R"(function CheckServer(domain, server)
    local texts, why = nexthop.resolve.txt(domain)
    if why == 'failed' then return nil end
    return texts ~= nil and texts[1] == 'v=spf1 -all', 10
end)";

std::shared_ptr<const dns::Records> records(dns::Records::State state, std::vector<std::string> texts = {}) {
    return std::make_shared<const dns::Records>(dns::Records{state, std::move(texts), 60s});
}

}  // namespace

TEST_CASE("a hook asks DNS: from the cache, or it waits") {
    Rig rig(only_with_spf);
    rig.resolver.in_cache["example.com"] = rig.resolver.looked_up;
    SECTION("cached") {
        rig.resolver.records_cached = records(dns::Records::State::none);
        held(rig.ask());
        CHECK(rig.need == Run::Need::nothing);
        CHECK(rig.resolver.lookups.empty());
    }
    SECTION("looked up, by each hook in its turn") {
        rig.resolver.records_found = records(dns::Records::State::found, {"v=spf1 -all"});
        CHECK(cause_of(rig.ask()) == "nothing_to_change");
        CHECK(rig.need == Run::Need::hook);
        CHECK(rig.resolver.lookups == std::vector<std::string>{"example.com 16", "example.com 16"});
    }
    SECTION("it fails") {
        rig.resolver.records_found = records(dns::Records::State::failed);
        CHECK(cause_of(rig.ask()) == "nothing_to_change");
    }
}

TEST_CASE("DNS does not answer the script: the mail is left alone in time") {
    Rig rig(only_with_spf);
    rig.resolver.in_cache["example.com"] = rig.resolver.looked_up;
    rig.resolver.mode = FakeResolver::Mode::never;
    rig.policy.deadline = 50ms;
    const auto verdict = rig.ask();
    CHECK(cause_of(verdict) == "deadline");
    CHECK(detail_of(verdict) == "lookups of the script: it goes on");
}

TEST_CASE("what is told of an MX set") {
    const auto told = lookup_result(*set_of({"mx1.example.com", "mx2.example.com"}));
    REQUIRE(told.records.size() == 2);
    CHECK(told.records[1].text == "mx2.example.com");
    CHECK(told.records[1].preference == 20);
    CHECK_FALSE(told.failed);
    CHECK(lookup_result(mail::MxSet{}).failed);
    mail::MxSet none;
    none.state = mail::MxSet::State::null_mx;
    CHECK_FALSE(lookup_result(none).failed);
}
