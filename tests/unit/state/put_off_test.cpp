#include "state/put_off.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::state;
using namespace std::chrono_literals;

namespace {

const base::WallTime start = base::from_unix_seconds(1'795'348'800);

}  // namespace

TEST_CASE("an address is put off from the first answer on, until one lets its mail pass") {
    PutOff addresses;
    CHECK(addresses.since("a@one.test", start) == start);
    addresses.put_off("a@one.test", start);
    addresses.put_off("a@one.test", start + 1h);
    addresses.put_off("b@one.test", start + 1h);
    CHECK(addresses.since("a@one.test", start + 2h) == start);
    CHECK(addresses.since("b@one.test", start + 2h) == start + 1h);
    addresses.passed("a@one.test");
    addresses.passed("c@one.test");
    CHECK(addresses.since("a@one.test", start + 2h) == start + 2h);
    CHECK(addresses.since("b@one.test", start + 2h) == start + 1h);
    CHECK(addresses.size() == 1);
}

TEST_CASE("when there are too many, the one that was put off longest ago is forgotten") {
    PutOff addresses;
    for (std::size_t i = 0; i < PutOff::max_addresses; ++i)
        addresses.put_off(std::to_string(i) + "@one.test", start);
    addresses.put_off("0@one.test", start + 1h);
    addresses.put_off("new@one.test", start + 1h);
    CHECK(addresses.size() == PutOff::max_addresses);
    CHECK(addresses.since("0@one.test", start + 2h) == start);
    CHECK(addresses.since("1@one.test", start + 2h) == start + 2h);
    CHECK(addresses.since("new@one.test", start + 2h) == start + 1h);
}
