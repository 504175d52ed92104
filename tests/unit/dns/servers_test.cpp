#include "dns/servers.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;
using Order = std::vector<std::size_t>;
using std::chrono::seconds;

TEST_CASE("servers are asked as listed, those that failed lately last") {
    const base::Instant start{std::chrono::hours(1)};
    Servers servers(3);
    CHECK(servers.order(start) == Order{0, 1, 2});
    servers.silent(0, start, start + seconds(1));
    CHECK(servers.order(start + seconds(1)) == Order{1, 2, 0});
    servers.silent(1, start + seconds(1), start + seconds(2));
    CHECK(servers.order(start + seconds(2)) == Order{2, 0, 1});
    CHECK(servers.order(start + seconds(1) + failure_memory) == Order{0, 2, 1});
    CHECK(servers.order(start + seconds(2) + failure_memory) == Order{0, 1, 2});
}

TEST_CASE("a server that answers others is not blamed for a slow name") {
    const base::Instant start{std::chrono::hours(1)};
    Servers servers(2);
    servers.answered(0, start + seconds(1));
    servers.silent(0, start, start + seconds(2));
    CHECK(servers.order(start + seconds(2)) == Order{0, 1});
}

TEST_CASE("EDNS is tried again after a while") {
    const base::Instant start{std::chrono::hours(1)};
    Servers servers(1);
    CHECK(servers.takes_edns(0, start));
    servers.refused_edns(0, start);
    CHECK_FALSE(servers.takes_edns(0, start + edns_memory - seconds(1)));
    CHECK(servers.takes_edns(0, start + edns_memory));
}
