#include "dns/mx.hpp"

#include <fmt/format.h>

#include "catch.hpp"
#include "zone.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;
using namespace nexthopd::dns::test;
using State = mail::MxSet::State;
using std::chrono::seconds;

namespace {

/// "10 a, 20 b! (not valid), 30 c* (self)"
std::string hosts_of(const mail::MxSet& set) {
    std::string out;
    for (const auto& host : set.hosts)
        out += fmt::format("{}{} {}{}{}", out.empty() ? "" : ", ", host.preference, host.name,
                           host.valid ? "" : "!", host.self ? "*" : "");
    return out;
}

}  // namespace

TEST_CASE("which hosts, in which order") {
    struct Row {
        const char* name;
        Zone zone;
        State state;
        std::string hosts;
    };
    const std::vector<Row> rows{
        {"by preference, equal ones by name", Zone().mx("d", 20, "c.d").mx("d", 10, "b.d").mx("d", 10, "a.d"),
         State::hosts, "10 a.d, 10 b.d, 20 c.d"},
        {"a name twice: the lowest preference",
         Zone().mx("d", 30, "a.d").mx("d", 10, "b.d").mx("d", 5, "a.d"), State::hosts, "5 a.d, 10 b.d"},
        {"null MX", Zone().mx("d", 0, "."), State::null_mx, ""},
        {"null MX of any preference", Zone().mx("d", 7, "."), State::null_mx, ""},
        {"the root beside others is passed over", Zone().mx("d", 0, ".").mx("d", 10, "a.d"), State::hosts,
         "10 a.d"},
        {"an address instead of a name", Zone().mx("d", 10, "192.0.2.1").mx("d", 20, "a.d"), State::hosts,
         "10 192.0.2.1!, 20 a.d"},
        {"digits that read as an address", Zone().mx("d", 10, "192.2"), State::hosts, "10 192.2!"},
        {"an IPv6 address", Zone().mx("d", 10, "2001:db8::1"), State::hosts, "10 2001:db8::1!"},
        {"not a host name", Zone().mx("d", 10, "mx\\032one.d").mx("d", 20, "a.d"), State::hosts,
         "10 mx\\032one.d!, 20 a.d"},
        {"hyphens at the edge of a label", Zone().mx("d", 1, "-a.d").mx("d", 2, "a-.d").mx("d", 3, "a.d-"),
         State::hosts, "1 -a.d!, 2 a-.d!, 3 a.d-!"},
        {"underscores and A-labels are names", Zone().mx("d", 1, "m_x.d").mx("d", 2, "xn--bb-eka.at"),
         State::hosts, "1 m_x.d, 2 xn--bb-eka.at"},
        {"other names' records do not count", Zone().mx("d", 1, "a.d").mx("e", 1, "b.e"), State::hosts,
         "1 a.d"},
        {"no MX but A", Zone().address("d", "192.0.2.1"), State::hosts, "0 d"},
        {"no MX but AAAA", Zone().address("d", "2001:db8::1"), State::hosts, "0 d"},
        {"neither", Zone().exists("d"), State::no_hosts, ""},
        {"does not exist", Zone(), State::no_domain, ""},
        {"MX fails", Zone().mx("d", 10, "a.d").servfail("d", Type::mx), State::failed, ""},
        {"no MX, A fails", Zone().exists("d").servfail("d", Type::a), State::failed, ""},
        {"no MX, A fails, AAAA exists", Zone().address("d", "2001:db8::1").servfail("d", Type::a),
         State::hosts, "0 d"},
        {"an alias", Zone().cname("d", "e").mx("e", 10, "a.e"), State::hosts, "10 a.e"},
        {"an alias of nothing", Zone().cname("d", "e"), State::no_domain, ""},
        {"an alias of a name with an address", Zone().cname("d", "e").address("e", "192.0.2.1"), State::hosts,
         "0 e"},
        {"an alias of itself", Zone().cname("d", "d"), State::loop, ""},
        {"an alias of what is not a host name", Zone().cname("d", "e\\000"), State::failed, ""},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        const auto set = row.zone.look_up("d").set;
        CHECK(set.state == row.state);
        CHECK(hosts_of(set) == row.hosts);
        CHECK(set.domain == "d");
        CHECK_FALSE(set.best_is_self);
    }
}

TEST_CASE("aliases are followed ten links far, in one answer or over several") {
    for (const int links : {1, 10, 11}) {
        for (const bool single_step : {false, true}) {
            Zone zone;
            for (int i = 0; i < links; ++i)
                zone.cname(fmt::format("n{}", i), fmt::format("n{}", i + 1));
            zone.mx(fmt::format("n{}", links), 10, "mx.test");
            if (single_step) zone.single_step();
            int questions = 0;
            const auto set = zone.look_up("n0", {}, &questions).set;
            INFO(links << (single_step ? " single" : " whole"));
            CHECK(set.state == (links <= max_cnames ? State::hosts : State::loop));
            if (links <= max_cnames) CHECK(set.owner == fmt::format("n{}", links));
            CHECK(questions == (single_step ? links + (links <= max_cnames ? 1 : 0) : 1));
        }
    }
}

TEST_CASE("this host, and what ranks at or behind it") {
    struct Row {
        const char* name;
        Zone zone;
        Self self;
        std::string hosts;
        bool best;
    };
    const auto address = [](const char* text) { return boost::asio::ip::make_address(text); };
    const auto three = Zone().mx("d", 10, "a.d").mx("d", 20, "b.d").mx("d", 20, "c.d").mx("d", 30, "e.d");
    const auto numbered = Zone(three).address("c.d", "192.0.2.7").address("c.d", "2001:db8::7");
    const std::vector<Row> rows{
        {"not among them", three, {{"x.d"}, {address("192.0.2.1")}}, "10 a.d, 20 b.d, 20 c.d, 30 e.d", false},
        {"by name", three, {{"x.d", "c.d"}, {}}, "10 a.d, 20 b.d*, 20 c.d*, 30 e.d*", false},
        {"by IPv4 address",
         numbered,
         {{}, {address("192.0.2.7")}},
         "10 a.d, 20 b.d*, 20 c.d*, 30 e.d*",
         false},
        {"by IPv6 address",
         numbered,
         {{}, {address("2001:db8::7")}},
         "10 a.d, 20 b.d*, 20 c.d*, 30 e.d*",
         false},
        {"the best", three, {{"a.d"}, {}}, "10 a.d*, 20 b.d*, 20 c.d*, 30 e.d*", true},
        {"twice: the better one", three, {{"e.d", "a.d"}, {}}, "10 a.d*, 20 b.d*, 20 c.d*, 30 e.d*", true},
        {"only an unusable one before",
         Zone().mx("d", 5, "192.0.2.1").mx("d", 10, "a.d"),
         {{"a.d"}, {}},
         "5 192.0.2.1!, 10 a.d*",
         true},
        {"an address literal that is ours",
         Zone().mx("d", 5, "192.0.2.1").mx("d", 10, "a.d"),
         {{}, {address("192.0.2.1")}},
         "5 192.0.2.1!*, 10 a.d*",
         true},
        {"implicit", Zone().address("d", "192.0.2.1"), {{}, {address("192.0.2.1")}}, "0 d*", true},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        const auto set = row.zone.look_up("d", row.self).set;
        CHECK(hosts_of(set) == row.hosts);
        CHECK(set.best_is_self == row.best);
    }
}

TEST_CASE("implicit MX, literals, names that are none") {
    const auto implicit = Zone().address("d", "192.0.2.1", 120).look_up("d");
    CHECK(implicit.set.implicit);
    REQUIRE(implicit.set.hosts.size() == 1);
    CHECK(implicit.set.hosts[0].addresses_known);
    CHECK(implicit.set.hosts[0].addresses == std::vector{boost::asio::ip::make_address("192.0.2.1")});

    const auto literal = Zone().look_up("10.0.0.1").set;
    CHECK(literal.state == State::hosts);
    CHECK(hosts_of(literal) == "0 10.0.0.1!");
    CHECK(literal.hosts[0].addresses_known);
    for (const std::string domain : {"", ".", "A.test", "a.test.", "a b", "a..b", "[192.0.2.1]"}) {
        INFO(domain);
        MxLookup lookup(domain);
        CHECK(lookup.need() == MxLookup::Need::nothing);
        CHECK(std::move(lookup).finish({}).set.state == State::failed);
    }
}

TEST_CASE("no more than max_hosts, the best ones") {
    Zone zone;
    for (int i = 0; i < 200; ++i)
        zone.mx("d", static_cast<std::uint16_t>(1000 - i), fmt::format("m{:03}.d", i));
    const auto set = zone.look_up("d").set;
    REQUIRE(set.hosts.size() == mail::MxSet::max_hosts);
    CHECK(set.hosts.front().name == "m199.d");
    CHECK(set.hosts.back().name == "m150.d");
}

TEST_CASE("addresses of hosts") {
    Zone zone;
    for (int i = 0; i < 12; ++i)
        zone.mx("d", static_cast<std::uint16_t>(i), fmt::format("m{:02}.d", i));
    zone.address("m00.d", "192.0.2.1").address("m00.d", "2001:db8::1");
    zone.exists("m01.d");
    zone.servfail("m02.d", Type::a).address("m02.d", "2001:db8::2");
    zone.servfail("m03.d", Type::a).exists("m03.d");
    zone.cname("m04.d", "real.d").address("real.d", "192.0.2.4");
    zone.address("m11.d", "192.0.2.11");
    const auto hosts = zone.look_up("d").set.hosts;
    REQUIRE(hosts.size() == 12);
    CHECK(hosts[0].addresses.size() == 2);
    CHECK(hosts[1].addresses_known);
    CHECK(hosts[1].addresses.empty());
    CHECK(hosts[2].addresses_known);
    CHECK(hosts[2].addresses.size() == 1);
    CHECK_FALSE(hosts[3].addresses_known);
    CHECK(hosts[4].addresses.size() == 1);
    CHECK(hosts[9].addresses_known);         // NXDOMAIN: known to have none
    CHECK_FALSE(hosts[10].addresses_known);  // beyond max_hosts_resolved
    CHECK_FALSE(hosts[11].addresses_known);

    // What comes in the additional section is not asked for again; addresses of other names there are
    // ignored.
    auto answer = zone.with_additional().ask({"d", Type::mx});
    answer.additional.push_back(
        {{"evil.d", true}, seconds(60), boost::asio::ip::make_address("203.0.113.1")});
    MxLookup lookup("d");
    lookup.take_mx(&answer);
    const auto open = lookup.hosts_without_addresses();
    CHECK(std::find(open.begin(), open.end(), "m00.d") == open.end());
    CHECK(std::find(open.begin(), open.end(), "m01.d") != open.end());
    CHECK(std::find(open.begin(), open.end(), "evil.d") == open.end());

    // An alias whose target the server does not tell is not "no address".
    Zone half = Zone().cname("m.d", "far.test").single_step();
    CHECK(half.addresses("m.d").state == Addresses::State::failed);
}

TEST_CASE("how long a set may be kept") {
    CHECK(Zone()
              .mx("d", 1, "a.d", 500)
              .mx("d", 2, "b.d", 400)
              .address("a.d", "192.0.2.1", 900)
              .address("b.d", "192.0.2.2", 900)
              .look_up("d")
              .ttl == seconds(400));
    CHECK(Zone().mx("d", 1, "a.d", 500).address("a.d", "192.0.2.1", 90).look_up("d").ttl == seconds(90));
    CHECK(Zone().cname("d", "e", 45).mx("e", 1, "a.d", 500).address("a.d", "192.0.2.1").look_up("d").ttl ==
          seconds(45));
    CHECK(Zone().address("d", "192.0.2.1", 120).look_up("d").ttl == seconds(120));
    CHECK(Zone().address("d", "192.0.2.1", 3600).look_up("d").ttl == seconds(300));  // of the missing MX
    CHECK(Zone().look_up("d").ttl == seconds(300));
    CHECK(Zone().exists("d").look_up("d").ttl == seconds(300));
    CHECK(Zone().mx("d", 1, "a.d").servfail("a.d", Type::a).look_up("d").ttl ==
          seconds(0));  // asked again soon
}

TEST_CASE("questions left open count as failed") {
    CHECK(MxLookup("d").finish({}).set.state == State::failed);
    MxLookup lookup("d");
    const auto nodata = Zone().exists("d").ask({"d", Type::mx});
    lookup.take_mx(&nodata);
    REQUIRE(lookup.need() == MxLookup::Need::addresses);
    CHECK(std::move(lookup).finish({}).set.state == State::failed);
    MxLookup silent("d");
    silent.take_mx(nullptr);
    CHECK(std::move(silent).finish({}).set.state == State::failed);
}

TEST_CASE("a set is secure when every answer that led to it was validated") {
    const auto alias = Zone().cname("d", "e").mx("e", 10, "a.e").single_step();
    const std::pair<Zone, bool> rows[] = {
        {Zone().mx("d", 10, "a.d"), false},
        {Zone().mx("d", 10, "a.d").validated("d"), true},
        {Zone().mx("d", 10, "a.d").validated("a.d"), false},
        {Zone().address("d", "192.0.2.1").validated("d"), true},  // that there is no MX record was validated, too
        {Zone(alias).validated("d"), false},
        {Zone(alias).validated("e"), false},
        {Zone(alias).validated("d").validated("e"), true},
    };
    for (const auto& [zone, secure] : rows)
        CHECK(zone.look_up("d").set.secure == secure);
}
