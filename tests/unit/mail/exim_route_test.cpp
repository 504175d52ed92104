#include "mail/exim_route.hpp"

#include "catch.hpp"
#include "mail/nexthop.hpp"

using namespace nexthopd;
using namespace nexthopd::mail;

namespace {

ServerMap map_of(std::vector<std::string> servers, std::string transport = {}) {
    ServerMap out;
    out.transport = std::move(transport);
    for (const auto& server : servers) {
        auto parsed = parse_server(server);
        REQUIRE(parsed);
        out.servers.push_back(*parsed);
    }
    return out;
}

}  // namespace

TEST_CASE("host lists as manualroute reads them") {
    const std::tuple<ServerMap, std::string> rows[] = {
        {map_of({"mx1.test"}), "mx1.test"},
        {map_of({"mx1.test:25"}), "mx1.test"},
        {map_of({"mx1.test:2525", "mx2.test"}), "mx1.test::2525:mx2.test"},
        {map_of({"192.0.2.1", "192.0.2.2:2525"}), "192.0.2.1:192.0.2.2::2525"},
        {map_of({"2001:db8::1"}), "[2001::db8::::1]::25"},
        {map_of({"[2001:db8::1]:2525", "mx1.test"}), "[2001::db8::::1]::2525:mx1.test"},
        {map_of({"mx1.test"}, "slow_smtp"), "mx1.test slow_smtp"},
        {map_of({}, "slow_smtp"), "example.com/mx slow_smtp"},
    };
    for (const auto& [map, text] : rows) {
        const auto written = exim_route(map, "example.com");
        REQUIRE(written);
        CHECK(*written == text);
    }
}

TEST_CASE("what is never written into a host list") {
    const auto hosts = [](const char* host) {
        ServerMap map;
        map.servers.push_back({host, 0, 25});
        return map;
    };
    const std::pair<ServerMap, const char*> rows[] = {
        {hosts("${run{/bin/id}}"), "host name"},
        {hosts("a b"), "host name"},
        {hosts("mx1.test/mx"), "host name"},
        {hosts("mx1.test:x"), "host name"},
        {hosts("+"), "host name"},
        {hosts("<;x"), "host name"},
        {hosts(""), "host name"},
        {hosts("0.0.0.0"), "not the address of a host"},
        {hosts("ff02::1"), "not the address of a host"},
        {hosts("fe80::1%3"), "host name"},
        {{{{"mx1.test", 0, 0}}, {}}, "port 0"},
        {{}, "neither"},
        {map_of({"mx1.test"}, "byname"), "transport"},
        {map_of({"mx1.test"}, "randomize"), "transport"},
        {map_of({"mx1.test"}, "slow-smtp"), "transport"},  // Exim's own names have no hyphen
        {map_of({"mx1.test"}, "a b"), "transport"},
        {map_of({"mx1.test"}, "${x}"), "transport"},
        {map_of(std::vector<std::string>(max_nexthop_hosts + 1, "mx1.test")), "at most"},
    };
    for (const auto& [map, why] : rows) {
        const auto written = exim_route(map, "example.com");
        INFO(why);
        REQUIRE_FALSE(written);
        CHECK(written.error().text.find(why) != std::string::npos);
    }
    CHECK_FALSE(exim_route(map_of({}, "slow"), "exa mple.com"));
}
