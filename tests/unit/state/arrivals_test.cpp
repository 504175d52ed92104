#include "state/arrivals.hpp"

#include "catch.hpp"

using namespace nexthopd::state;
using Names = std::vector<std::string>;

TEST_CASE("recipients of a message, told at its end") {
    Arrivals arrivals;
    arrivals.recipient("1", "a@x.test");
    arrivals.recipient("2", "c@x.test");
    arrivals.recipient("1", "b@x.test");
    arrivals.recipient("1", "b@x.test");  // a second restriction asked, too
    CHECK(arrivals.end("1") == Names{"a@x.test", "b@x.test"});
    CHECK(arrivals.end("1").empty());
    CHECK(arrivals.end("3").empty());
    CHECK(arrivals.messages() == 1);
}

TEST_CASE("messages that never end are forgotten in their order") {
    Arrivals arrivals;
    for (std::size_t i = 0; i <= Arrivals::max_messages; ++i)
        arrivals.recipient(std::to_string(i), "a@x.test");
    CHECK(arrivals.messages() == Arrivals::max_messages);
    CHECK(arrivals.end("0").empty());
    CHECK(arrivals.end("1").size() == 1);
}

TEST_CASE("recipients are bounded, of one message and of all") {
    Arrivals arrivals;
    for (std::size_t i = 0; i < Arrivals::max_recipients + 10; ++i)
        arrivals.recipient("1", "u" + std::to_string(i) + "@x.test");
    CHECK(arrivals.end("1").size() == Arrivals::max_recipients);
    const auto messages = Arrivals::max_all_recipients / Arrivals::max_recipients;
    for (std::size_t m = 0; m <= messages; ++m)
        for (std::size_t i = 0; i < Arrivals::max_recipients; ++i)
            arrivals.recipient(std::to_string(m), "u" + std::to_string(i) + "@x.test");
    CHECK(arrivals.messages() == messages);
    CHECK(arrivals.end("0").empty());
    CHECK(arrivals.end("1").size() == Arrivals::max_recipients);
}
