#include <cmath>

#include "catch.hpp"
#include "histogram.hpp"
#include "keys.hpp"
#include "process_usage.hpp"
#include "reply.hpp"

using namespace nexthopd::bench;

TEST_CASE("histogram: one value is reported within 1 %") {
    for (std::uint64_t value = 1; value < (std::uint64_t{1} << 62); value += value / 3 + 1) {
        Histogram histogram;
        histogram.record(value);
        histogram.record(value * 2);
        CHECK(std::abs(static_cast<double>(histogram.quantile(0.5)) / static_cast<double>(value) - 1) < 0.01);
        CHECK(histogram.max() == value * 2);
    }
}

TEST_CASE("histogram: quantiles of 1 to 100000") {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100000; ++value)
        histogram.record(value);
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto wanted = share * 100000;
        CHECK(std::abs(static_cast<double>(histogram.quantile(share)) - wanted) <= 0.01 * wanted);
    }
    CHECK(Histogram().quantile(0.99) == 0);
}

TEST_CASE("reply: netstrings") {
    using State = Reply::State;
    struct Row {
        const char* name;
        std::string bytes;
        State state;
        std::string text;
        std::size_t size;
    };
    const auto row = GENERATE(values<Row>({
        {"nothing yet", "", State::partial, "", 0},
        {"length begun", "9", State::partial, "", 0},
        {"length read", "9:", State::partial, "", 0},
        {"text begun", "9:NOTF", State::partial, "", 0},
        {"comma missing yet", "9:NOTFOUND ", State::partial, "", 0},
        {"complete", "9:NOTFOUND ,", State::complete, "NOTFOUND ", 12},
        {"complete, and more", "2:OK,2:", State::complete, "OK", 5},
        {"empty", "0:,", State::complete, "", 3},
        {"longest", "100000:" + std::string(100000, 'x') + ",", State::complete, std::string(100000, 'x'),
         100008},
        {"no length", ":OK,", State::malformed, "", 0},
        {"leading zero", "02:OK,", State::malformed, "", 0},
        {"too long", "100001:", State::malformed, "", 0},
        {"not a number", "x", State::malformed, "", 0},
        {"sign", "+2:OK,", State::malformed, "", 0},
        {"no comma", "2:OK ", State::malformed, "", 0},
    }));
    INFO(row.name);
    const auto reply = read_reply(row.bytes);
    CHECK(reply.state == row.state);
    CHECK(reply.text == row.text);
    CHECK(reply.size == row.size);
}

TEST_CASE("keys: numbered") {
    const auto next = [](Keys& keys) {
        std::string key;
        keys.append_to(key);
        return key;
    };
    auto sequential = Keys::numbered(Keys::Order::sequential, 2, 9);
    CHECK(next(sequential) == "user9@d1.bench.example");
    CHECK(next(sequential) == "user10@d0.bench.example");
    CHECK(sequential.next() == 11);
    auto fresh = Keys::numbered(Keys::Order::sequential, 0, 5000);
    CHECK(next(fresh) == "user5000@d5000.bench.example");
    auto random = Keys::numbered(Keys::Order::random, 1000, 0);
    const auto first = next(random), second = next(random);
    CHECK(first.substr(0, 7) == "user0@d");
    CHECK(first.substr(5) != second.substr(5));
}

TEST_CASE("process usage: a program's name may hold anything") {
    const auto usage = parse_process_stat(
        "42 (a) R (b) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14 15 16 17 18 19 20 1000 22 23 24 25 26");
    REQUIRE(usage);
    CHECK(usage->cpu_seconds == Approx(2.0).epsilon(0.001));
    CHECK(usage->resident_kib == 4000);
    CHECK_FALSE(parse_process_stat(""));
    CHECK_FALSE(parse_process_stat("42 (x) S 1 2 3"));
}
