#include "release/release_queue.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::release;
using namespace std::chrono_literals;

namespace {

const base::Instant start = base::Instant{} + 24h;
constexpr std::size_t no_limit = 1'000'000;

std::string ids(const std::vector<Due>& due) {
    std::string out;
    for (const auto& one : due)
        out += (out.empty() ? "" : " ") + one.queue_id;
    return out;
}

}  // namespace

TEST_CASE("releases are given out when they are due, the earliest first") {
    ReleaseQueue queue(1'000);
    CHECK_FALSE(queue.next());
    CHECK(queue.take(start, no_limit).empty());
    queue.add("4Second2", "b@example.com", start + 20s);
    queue.add("4First11", "a@example.com", start + 10s);
    queue.add("4Third33", "a@example.com", start + 30s);
    CHECK(queue.size() == 3);
    CHECK(queue.next() == start + 10s);
    CHECK(queue.take(start + 10s - 1ms, no_limit).empty());
    const auto due = queue.take(start + 20s, no_limit);
    CHECK(ids(due) == "4First11 4Second2");
    CHECK(due[0].recipient == "a@example.com");
}

TEST_CASE("a release without an effect is repeated three times, then given up") {
    ReleaseQueue queue(1'000);
    queue.add("4Abc1234", "a@example.com", start);
    auto at = start;
    CHECK(ids(queue.take(at, no_limit)) == "4Abc1234");
    for (const auto pause : {5s, 30s, 120s}) {
        CHECK(queue.next() == at + pause);
        CHECK(queue.take(at + pause - 1ms, no_limit).empty());
        at += pause;
        CHECK(ids(queue.take(at, no_limit)) == "4Abc1234");
    }
    CHECK(queue.size() == 0);
    CHECK_FALSE(queue.next());
    CHECK(queue.take(at + 1h, no_limit).empty());
}

TEST_CASE("a question about the recipient ends the repeats, not what was not given out yet") {
    ReleaseQueue queue(1'000);
    queue.add("4First11", "a@example.com", start);
    queue.add("4Later22", "a@example.com", start + 1min);
    queue.add("4Other33", "aa@example.com", start);
    queue.add("4Other44", "@example.com", start);
    CHECK(queue.take(start, no_limit).size() == 3);
    queue.seen("a@example.com");
    CHECK(queue.size() == 3);
    CHECK(ids(queue.take(start + 5s, no_limit)) == "4Other44 4Other33");
    CHECK(ids(queue.take(start + 1min, no_limit)).find("4Later22") != std::string::npos);
    queue.seen("nobody@example.com");
    queue.seen("");
    CHECK(queue.size() == 3);
}

TEST_CASE("known already: the earlier time holds") {
    ReleaseQueue queue(1'000);
    queue.add("4Abc1234", "a@example.com", start + 31s);
    queue.add("4Abc1234", "a@example.com", start + 60s);
    CHECK(queue.next() == start + 31s);
    queue.add("4Abc1234", "a@example.com", start + 10s);
    CHECK(queue.size() == 1);
    CHECK(queue.next() == start + 10s);
    CHECK(ids(queue.take(start + 10s, no_limit)) == "4Abc1234");
    CHECK(queue.take(start + 10s, no_limit).empty());
    queue.add("4Abc1234", "b@example.com", start);  // another recipient of the same message
    CHECK(queue.size() == 2);
}

TEST_CASE("never more at once than the rate allows") {
    ReleaseQueue queue(100);
    for (int i = 0; i < 1'000; ++i)
        queue.add("4M" + std::to_string(100'000 + i), std::to_string(i) + "@example.com", start);
    std::size_t given = queue.take(start, no_limit).size();
    CHECK(given == 10);  // a tenth of a second's worth
    CHECK(queue.take(start, no_limit).empty());
    auto at = start;
    for (int i = 0; i < 300; ++i) {
        const auto next = queue.next();
        REQUIRE(next);
        CHECK(*next > at);
        at = *next;
        if (at > start + 2s) break;
        given += queue.take(at, no_limit).size();
    }
    CHECK(given >= 200);
    CHECK(given <= 212);
}

TEST_CASE("slow rates, and the caller's limit") {
    ReleaseQueue slow(0.5);  // one in two seconds
    for (int i = 0; i < 3; ++i)
        slow.add("4M" + std::to_string(i), std::to_string(i) + "@example.com", start);
    CHECK(slow.take(start, no_limit).size() == 1);
    CHECK(slow.next() == start + 2s);
    CHECK(slow.take(start + 1s, no_limit).empty());
    CHECK(slow.take(start + 2s, no_limit).size() == 1);
    slow.set_rate(1'000);
    CHECK(slow.take(start + 3s, no_limit).size() == 1);

    ReleaseQueue queue(1'000);
    for (int i = 0; i < 5; ++i)
        queue.add("4M" + std::to_string(i), std::to_string(i) + "@example.com", start);
    CHECK(queue.take(start, 0).empty());
    CHECK(queue.take(start, 2).size() == 2);
    CHECK(queue.take(start, 10).size() == 3);
}

TEST_CASE("an MTA that names the message ends the release of that one alone") {
    ReleaseQueue queue(1'000);
    queue.add("1vN0Ab-0004hG-2x", "a@example.com", start);
    queue.add("1vN0Ab-0004hG-2y", "a@example.com", start);
    CHECK(queue.take(start, no_limit).size() == 2);
    queue.seen("a@example.com", "1vN0Ab-0004hG-2x");
    CHECK(ids(queue.take(start + 5s, no_limit)) == "1vN0Ab-0004hG-2y");
    queue.seen("a@example.com");
    CHECK(queue.size() == 0);
}
