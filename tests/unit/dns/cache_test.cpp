#include "dns/cache.hpp"

#include <fmt/format.h>

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;
using State = mail::MxSet::State;
using std::chrono::seconds;

namespace {

std::shared_ptr<const mail::MxSet> make_set(const std::string& domain, State state = State::hosts,
                                            const std::string& host = "mx.test") {
    auto set = std::make_shared<mail::MxSet>();
    set->domain = domain;
    set->state = state;
    if (state == State::hosts) set->hosts.emplace_back().name = host;
    return set;
}

const base::Instant start{std::chrono::hours(1000)};

}  // namespace

TEST_CASE("lives are kept within limits") {
    struct Row {
        State state;
        seconds ttl;
        seconds before;
        seconds wanted;
    };
    const std::vector<Row> rows{
        {State::hosts, seconds(0), seconds(0), hosts_floor},
        {State::hosts, seconds(300), seconds(0), seconds(300)},
        {State::hosts, seconds(0x7FFFFFFF), seconds(0), hosts_ceiling},
        {State::hosts, seconds::max(), seconds(0), hosts_ceiling},
        {State::no_domain, seconds(0), seconds(0), negative_floor},
        {State::no_hosts, seconds(600), seconds(0), seconds(600)},
        {State::null_mx, seconds(86400), seconds(0), negative_ceiling},
        {State::loop, seconds(0), seconds(0), negative_floor},
        {State::failed, seconds(0), seconds(0), failure_floor},
        {State::failed, seconds(900), seconds(0), failure_floor},
        {State::failed, seconds(0), seconds(5), seconds(10)},
        {State::failed, seconds(0), seconds(20), failure_ceiling},
    };
    for (const auto& row : rows)
        CHECK(mx_lifetime(*make_set("d", row.state), row.ttl, row.before) == row.wanted);

    Addresses addresses;
    CHECK(address_lifetime(addresses) == failure_ceiling);
    addresses.state = Addresses::State::none;
    CHECK(address_lifetime(addresses) == negative_floor);
    addresses.state = Addresses::State::found;
    addresses.ttl = seconds(200);
    CHECK(address_lifetime(addresses) == seconds(200));
}

TEST_CASE("a set is found until its end and not after") {
    MxCache cache;
    CHECK(cache.find("d", start) == nullptr);
    const auto set = make_set("d");
    cache.store(set, seconds(100), start);
    CHECK(cache.find("d", start) == set);
    CHECK(cache.find("d", start + seconds(100) - std::chrono::nanoseconds(1)) == set);
    CHECK(cache.find("d", start + seconds(100)) == nullptr);
    CHECK(cache.find("e", start) == nullptr);
    const auto newer = make_set("d");
    cache.store(newer, seconds(100), start + seconds(50));
    CHECK(cache.find("d", start + seconds(120)) == newer);
    CHECK(cache.size() == 1);
}

TEST_CASE("a failure does not replace what is fresh, and repeated ones live longer") {
    MxCache cache;
    const auto good = make_set("d");
    cache.store(good, seconds(100), start);
    cache.store(make_set("d", State::failed), seconds(0), start + seconds(50));
    CHECK(cache.find("d", start + seconds(60)) == good);

    auto now = start + seconds(200);
    for (const int life : {5, 10, 20, 30, 30}) {
        INFO(life);
        cache.store(make_set("d", State::failed), seconds(0), now);
        now += seconds(life);
        REQUIRE(cache.find("d", now - std::chrono::nanoseconds(1)) != nullptr);
        CHECK(cache.find("d", now) == nullptr);
    }
    cache.store(good, seconds(100), now);
    CHECK(cache.find("d", now) == good);
}

TEST_CASE("what is in use is renewed shortly before its end, once") {
    MxCache cache;
    cache.store(make_set("used"), seconds(100), start);
    cache.store(make_set("unused"), seconds(100), start);
    cache.store(make_set("failed", State::failed), seconds(0), start);
    cache.find("used", start + seconds(89));
    cache.find("failed", start + seconds(4) + std::chrono::milliseconds(900));
    CHECK(cache.take_due().empty());
    cache.find("used", start + seconds(91));
    cache.find("used", start + seconds(92));
    const auto due = cache.take_due();
    REQUIRE(due.size() == 1);
    CHECK(due[0]->domain == "used");
    cache.find("used", start + seconds(93));
    CHECK(cache.take_due().empty());
    cache.store(make_set("used"), seconds(100), start + seconds(94));
    cache.find("used", start + seconds(187));
    CHECK(cache.take_due().size() == 1);
}

TEST_CASE("renewals noted are bounded") {
    MxCache cache;
    for (int i = 0; i < 3000; ++i)
        cache.store(make_set(fmt::format("d{}", i)), seconds(100), start);
    for (int i = 0; i < 3000; ++i)
        cache.find(fmt::format("d{}", i), start + seconds(95));
    CHECK(cache.take_due().size() == 1000);
    cache.find("d2999", start + seconds(96));
    CHECK(cache.take_due().size() == 1);
}

TEST_CASE("forgetting all") {
    MxCache cache;
    cache.store(make_set("d"), seconds(100), start);
    cache.forget_all();
    CHECK(cache.find("d", start) == nullptr);
    const auto set = make_set("d");
    cache.store(set, seconds(100), start);
    CHECK(cache.find("d", start) == set);
}

TEST_CASE("bounded in names: the oldest goes, what is in use stays") {
    MxCache cache(100);
    for (int i = 0; i < 100; ++i)
        cache.store(make_set(fmt::format("d{}", i)), seconds(1000), start);
    for (int i = 0; i < 200; ++i) {
        REQUIRE(cache.find("d0", start + seconds(1)) != nullptr);
        cache.store(make_set(fmt::format("new{}", i)), seconds(1000), start + seconds(1));
        REQUIRE(cache.size() == 100);
    }
    CHECK(cache.find("d1", start) == nullptr);
    CHECK(cache.find("new199", start) != nullptr);
    CHECK(cache.find("new0", start) == nullptr);
}

TEST_CASE("bounded in bytes: large sets of strangers do not add up") {
    MxCache cache(100'000, 1U << 20U);
    for (int i = 0; i < 1000; ++i) {
        auto set = std::make_shared<mail::MxSet>();
        set->domain = fmt::format("d{}", i);
        set->state = State::hosts;
        for (std::size_t host = 0; host < mail::MxSet::max_hosts; ++host)
            set->hosts.emplace_back().name = std::string(250, 'x');
        cache.store(set, seconds(1000), start);
    }
    CHECK(cache.size() > 20);
    CHECK(cache.size() < 80);
    CHECK(cache.find("d999", start) != nullptr);
}
