#include "state/counters.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::state;
using namespace std::chrono_literals;
using base::from_unix_seconds;

namespace {

constexpr std::int64_t noon = 1'795'348'800;  // a whole minute

}  // namespace

TEST_CASE("attempts are counted by server and class") {
    Counters counters;
    const auto now = from_unix_seconds(noon);
    counters.add("mx1", '4', now, now);
    counters.add("mx1", '4', now - 10min, now, 5);
    counters.add("mx1", '5', now, now);
    counters.add("mx2", '2', now, now);
    CHECK(counters.count("mx1", '4', 900, now) == 6);
    CHECK(counters.count("mx1", '4', 60, now) == 1);
    CHECK(counters.count("mx1", '5', 900, now) == 1);
    CHECK(counters.count("mx1", '2', 900, now) == 0);
    CHECK(counters.count("mx2", '2', 900, now) == 1);
    CHECK(counters.count("mx3", '4', 900, now) == 0);
    CHECK(counters.count("MX1", '4', 900, now) == 0);  // names come in lower case
    CHECK(counters.servers() == 2);
}

TEST_CASE("what is not counted") {
    Counters counters;
    const auto now = from_unix_seconds(noon);
    for (const char other : {'0', '1', '3', '6', 'x', '\0', '\xFF'}) {
        counters.add("mx1", other, now, now);
        CHECK(counters.count("mx1", other, 900, now) == 0);
    }
    counters.add("mx1", '4', now, now, 0);
    counters.add("mx1", '4', now - 2h - 1s, now);
    CHECK(counters.servers() == 0);
    counters.add("mx1", '4', now - 2h, now);
    CHECK(counters.count("mx1", '4', 7'200, now) == 1);
    CHECK(counters.count("mx1", '4', 1'000'000, now) == 1);  // more than the window is the window
    CHECK(counters.count("mx1", '4', 0, now) == 0);
    CHECK(counters.count("mx1", '4', -60, now) == 0);
}

TEST_CASE("times in the future are stored as now") {
    Counters counters;
    const auto now = from_unix_seconds(noon);
    counters.add("mx1", '4', now + 48h, now);
    CHECK(counters.count("mx1", '4', 60, now) == 1);
    CHECK(counters.count("mx1", '4', 60, now + 10min) == 0);
}

TEST_CASE("a count is between the exact one and that of a window 60 s longer") {
    std::mt19937_64 random(3);
    const auto any = [&](std::int64_t from, std::int64_t to) {
        return std::uniform_int_distribution<std::int64_t>(from, to)(random);
    };
    struct Attempt {
        std::string server;
        char result_class;
        std::int64_t time;
        std::uint32_t count;
    };
    for (int round = 0; round < 20; ++round) {
        Counters counters;
        std::vector<Attempt> all;
        auto now = noon + any(0, 59);
        for (int i = 0; i < 400; ++i) {
            now += any(0, 60);
            // Mostly in order, sometimes late, rarely in the future.
            const auto time = any(0, 9) == 0 ? now - any(0, 7'300) : now + any(-30, 5);
            const Attempt attempt{
                "mx" + std::to_string(any(0, 3)), "245"[any(0, 2)], std::min(time, now),
                static_cast<std::uint32_t>(any(0, 40) == 0 ? any(60'000, 140'000) : any(1, 3))};
            counters.add(attempt.server, attempt.result_class, from_unix_seconds(time),
                         from_unix_seconds(now), attempt.count);
            all.push_back(attempt);
            if (any(0, 20) == 0) counters.prune(from_unix_seconds(now), static_cast<std::size_t>(any(0, 4)));
            const auto server = "mx" + std::to_string(any(0, 3));
            const char result_class = "245"[any(0, 2)];
            const auto seconds = any(1, 7'200);
            std::uint64_t shorter = 0;
            std::uint64_t longer = 0;
            for (const auto& one : all) {
                if (one.server != server || one.result_class != result_class) continue;
                if (one.time > now - seconds) shorter += one.count;
                if (one.time > now - seconds - 60) longer += one.count;
            }
            const auto counted = counters.count(server, result_class, seconds, from_unix_seconds(now));
            INFO("round " << round << " step " << i << " seconds " << seconds);
            REQUIRE(counted >= shorter);
            REQUIRE(counted <= longer);
        }
    }
}

TEST_CASE("a clock that is set back loses nothing") {
    Counters counters;
    const auto before = from_unix_seconds(noon);  // the first second of a minute
    counters.add("mx1", '4', before - 5min, before, 3);
    counters.add("mx1", '4', before, before, 2);
    const auto after = before - 1s;
    CHECK(counters.count("mx1", '4', 900, after) == 5);
    counters.add("mx1", '4', after, after);
    CHECK(counters.count("mx1", '4', 900, after) == 6);
    CHECK(counters.count("mx1", '4', 60, after) == 3);
    counters.prune(after, 10);
    CHECK(counters.count("mx1", '4', 900, after) == 6);
    CHECK(counters.count("mx1", '4', 900, before + 1min) == 6);
    CHECK(counters.count("mx1", '4', 900, before + 17min) == 0);
}

TEST_CASE("pruning drops what is past the window, some names at a time") {
    Counters counters;
    const auto start = from_unix_seconds(noon);
    for (int i = 0; i < 100; ++i)
        counters.add("old" + std::to_string(i), '4', start, start);
    const auto later = start + 2h + 2min;
    for (int i = 0; i < 50; ++i)
        counters.add("new" + std::to_string(i), '2', later, later);
    CHECK(counters.servers() == 150);
    counters.prune(later, 0);
    CHECK(counters.servers() == 150);
    int calls = 0;
    while (counters.servers() > 50 && calls < 100) {
        const auto before = counters.servers();
        counters.prune(later, 10);
        CHECK(before - counters.servers() <= 10);
        ++calls;
    }
    CHECK(counters.servers() == 50);
    CHECK(calls <= 15);
    for (int i = 0; i < 50; ++i)
        REQUIRE(counters.count("new" + std::to_string(i), '2', 60, later) == 1);
    CHECK(counters.count("old7", '4', 7'200, later) == 0);
    counters.prune(later + 3h, 1'000);
    CHECK(counters.servers() == 0);
    counters.prune(later, 10);  // of nothing
    counters.add("old7", '4', later, later);
    CHECK(counters.count("old7", '4', 60, later) == 1);
}

TEST_CASE("the number of names is bounded, and room is made by pruning") {
    Counters counters;
    const auto now = from_unix_seconds(noon);
    for (std::size_t i = 0; i < Counters::max_servers; ++i)
        counters.add(std::to_string(i), '4', now, now);
    CHECK(counters.refused() == 0);
    counters.add("one more", '4', now, now);
    counters.add("7", '4', now, now);  // a known one is counted
    CHECK(counters.servers() == Counters::max_servers);
    CHECK(counters.refused() == 1);
    CHECK(counters.count("one more", '4', 60, now) == 0);
    CHECK(counters.count("7", '4', 60, now) == 2);
    const auto later = now + 3h;
    counters.prune(later, 1);
    counters.add("one more", '4', later, later);
    CHECK(counters.count("one more", '4', 60, later) == 1);
}
