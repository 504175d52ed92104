#include "state/vetoes.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::state;
using namespace std::chrono_literals;

namespace {

const base::Instant start = base::Instant{} + 1s;  // just booted
using Servers = std::vector<std::string>;
const Servers none;
const Servers first{"mx1.test"};
const Vetoes::Mail small{"", "a@x.test", 0, 1'000};
const Vetoes::Mail big{"", "a@x.test", 0, 50'000'000};

}  // namespace

TEST_CASE("what a decision left out is left out for a minute") {
    Vetoes vetoes;
    CHECK(vetoes.decided("one.test", first, small, start));
    CHECK(vetoes.left_out("one.test", "mx1.test", start + 59s));
    CHECK_FALSE(vetoes.left_out("one.test", "mx2.test", start + 59s));
    CHECK_FALSE(vetoes.left_out("two.test", "mx1.test", start + 59s));
    CHECK_FALSE(vetoes.left_out("one.test", "mx1.test", start + 60s));
}

TEST_CASE("of the last two decisions the less restrictive one counts") {
    Vetoes vetoes;
    vetoes.decided("one.test", {"mx1.test", "mx2.test"}, small, start);
    vetoes.decided("one.test", first, small, start + 1s);
    CHECK(vetoes.left_out("one.test", "mx1.test", start + 2s));
    CHECK_FALSE(vetoes.left_out("one.test", "mx2.test", start + 2s));
    vetoes.decided("one.test", none, small, start + 3s);
    CHECK_FALSE(vetoes.left_out("one.test", "mx1.test", start + 3s));
    vetoes.decided("one.test", first, small, start + 4s);
    CHECK_FALSE(vetoes.left_out("one.test", "mx1.test", start + 4s));
    // The lenient one is not known any more: the newer one stands alone.
    vetoes.decided("one.test", none, small, start + 100s);
    vetoes.decided("one.test", first, small, start + 159s);
    CHECK_FALSE(vetoes.left_out("one.test", "mx1.test", start + 159s));
    CHECK(vetoes.left_out("one.test", "mx1.test", start + 160s));
}

TEST_CASE("new evidence changes the answer once, for all messages: it is enforced") {
    Vetoes vetoes;
    CHECK(vetoes.decided("one.test", first, small, start));
    CHECK(vetoes.decided("one.test", none, big, start + 1s));
    CHECK(vetoes.decided("one.test", none, small, start + 2s));
    CHECK(vetoes.decided("one.test", first, small, start + 3s));  // the same message: not its doing
    CHECK(vetoes.decided("one.test", first, big, start + 4s));
    CHECK(vetoes.left_out("one.test", "mx1.test", start + 4s));
}

TEST_CASE("answers that change with the message are not enforced for ten minutes") {
    struct Case {
        const char* what;
        Vetoes::Mail other;
    };
    const Case cases[] = {{"size", big},
                          {"retries", {"", "a@x.test", 3, 1'000}},
                          {"sender", {"", "b@x.test", 0, 1'000}},
                          {"connection", {"newsletters", "a@x.test", 0, 1'000}}};
    for (const auto& c : cases) {
        INFO(c.what);
        Vetoes vetoes;
        CHECK(vetoes.decided("one.test", first, small, start));
        CHECK(vetoes.decided("one.test", none, c.other, start + 1s));
        CHECK_FALSE(vetoes.decided("one.test", first, small, start + 2s));
        CHECK_FALSE(vetoes.decided("one.test", first, small, start + 3s));
        CHECK_FALSE(vetoes.left_out("one.test", "mx1.test", start + 4s));
        CHECK_FALSE(vetoes.enforces("one.test", start + 4s));
        CHECK(vetoes.enforces("two.test", start + 4s));
        CHECK(vetoes.decided("one.test", first, small, start + 2s + Vetoes::dependent_for));
    }
}

TEST_CASE("domains without a decision lately are forgotten") {
    Vetoes vetoes;
    vetoes.decided("one.test", first, small, start);
    vetoes.decided("two.test", first, small, start);
    vetoes.decided("three.test", none, small, start);  // never objected to: nothing to remember
    CHECK(vetoes.domains() == 2);
    vetoes.decided("two.test", first, small, start + 30s);
    vetoes.prune(start + 59s, 10);
    CHECK(vetoes.domains() == 2);
    vetoes.prune(start + 61s, 10);
    CHECK(vetoes.domains() == 1);
    CHECK(vetoes.left_out("two.test", "mx1.test", start + 61s));
    vetoes.prune(start + 91s, 10);
    CHECK(vetoes.domains() == 0);
}

TEST_CASE("with too many domains the others are not enforced here") {
    Vetoes vetoes;
    for (std::size_t i = 0; i < Vetoes::max_domains; ++i)
        REQUIRE(vetoes.decided("d" + std::to_string(i), first, small, start));
    CHECK_FALSE(vetoes.enforces("one.test", start));
    CHECK_FALSE(vetoes.decided("one.test", first, small, start));
    CHECK_FALSE(vetoes.left_out("one.test", "mx1.test", start));
    CHECK(vetoes.decided("d7", first, small, start));
    CHECK(vetoes.decided("one.test", none, small, start));
}
