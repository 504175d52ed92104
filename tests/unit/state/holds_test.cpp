#include "state/holds.hpp"

#include <algorithm>
#include <random>

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::state;
using namespace std::chrono_literals;

namespace {

const base::WallTime wall = base::from_unix_seconds(1'795'348'800);
const base::Instant now = base::Instant{} + 24h;
const std::string user = "user@example.com";

mail::Hold hold(const std::string& id, base::WallTime until, const std::string& recipient = user,
                const std::string& connection = {}) {
    mail::Hold out;
    out.id = id;
    out.connection = connection;
    out.recipient = recipient;
    out.since = wall;
    out.until = until;
    return out;
}

std::vector<std::string> ids(const std::vector<ActiveHold>& holds) {
    std::vector<std::string> out;
    for (const auto& one : holds)
        out.push_back(one.hold.id);
    return out;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("a hold covers the mail of its connection to its recipient") {
    Holds holds;
    CHECK(holds.find("", user) == nullptr);
    REQUIRE(holds.add(hold("AAAAA1", wall + 10min), now, wall));
    REQUIRE(holds.add(hold("AAAAA2", wall + 10min, user, "newsletters"), now, wall));
    CHECK(holds.find("", user)->hold.id == "AAAAA1");
    CHECK(holds.find("newsletters", user)->hold.id == "AAAAA2");
    CHECK(holds.find("other", user) == nullptr);
    CHECK(holds.find("", "User@example.com") == nullptr);
    CHECK(holds.find("", "") == nullptr);
    CHECK(holds.find_id("AAAAA1")->hold.recipient == user);
    CHECK(holds.find_id("AAAAA3") == nullptr);
    CHECK(holds.size() == 2);
}

TEST_CASE("a hold ends by the clock that is there first") {
    struct Row {
        const char* name;
        std::chrono::seconds monotonic;  // since the hold began, on each clock
        std::chrono::seconds wall_clock;
        bool held;
    };
    const Row rows[] = {
        {"at once", 0s, 0s, true},
        {"a second before its end", 599s, 599s, true},
        {"at its end", 600s, 600s, false},
        {"the clock was set back: not longer", 600s, -3'600s, false},
        {"the clock was set back, before the end", 599s, -3'600s, true},
        {"the clock was set forward: early", 10s, 600s, false},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        Holds holds;
        REQUIRE(holds.add(hold("AAAAA1", wall + 10min), now, wall));
        CHECK(holds.find("", user)->over(now + row.monotonic, wall + row.wall_clock) != row.held);
        const auto ended = holds.take_ended(now + row.monotonic, wall + row.wall_clock, 10);
        CHECK(ended.size() == (row.held ? 0 : 1));
        CHECK(holds.size() == (row.held ? 1 : 0));
    }
}

TEST_CASE("ended holds are taken out in the order of their ends, some at a time") {
    Holds holds;
    CHECK_FALSE(holds.next_end());
    for (int i = 0; i < 9; ++i)
        REQUIRE(holds.add(
            hold("AAAAA" + std::to_string(i), wall + std::chrono::minutes(10 - i), std::to_string(i)), now,
            wall));
    CHECK(holds.next_end() == now + 2min);
    CHECK(holds.take_ended(now + 2min - 1ms, wall + 2min - 1ms, 10).empty());
    CHECK(ids(holds.take_ended(now + 5min, wall + 5min, 3)) == Ids{"AAAAA8", "AAAAA7", "AAAAA6"});
    CHECK(ids(holds.take_ended(now + 5min, wall + 5min, 3)) == Ids{"AAAAA5"});
    CHECK(holds.take_ended(now + 5min, wall + 5min, 0).empty());
    CHECK(holds.next_end() == now + 6min);
    CHECK(ids(holds.take_ended(now, wall + 7min, 10)) == Ids{"AAAAA4", "AAAAA3"});  // by the wall clock alone
    CHECK(holds.size() == 3);
    CHECK(holds.find("", "0") != nullptr);
}

TEST_CASE("a hold on the same mail replaces the one before, and keeps who waits") {
    Holds holds;
    REQUIRE(holds.add(hold("AAAAA1", wall + 10min), now, wall));
    REQUIRE(holds.add_waiting("AAAAA1", user, "4First11"));
    REQUIRE(holds.add(hold("AAAAA2", wall + 20min), now, wall));
    CHECK(holds.size() == 1);
    CHECK(holds.find_id("AAAAA1") == nullptr);
    CHECK(holds.find("", user)->hold.id == "AAAAA2");
    CHECK(holds.take_ended(now + 10min, wall + 10min, 10).empty());
    REQUIRE(holds.add_waiting("AAAAA2", user, "4Second2"));
    const auto ended = holds.take_ended(now + 20min, wall + 20min, 10);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].waiting == Ids{"4First11", "4Second2"});
}

TEST_CASE("a hold that is not added leaves things as they are") {
    Holds holds;
    REQUIRE(holds.add(hold("AAAAA1", wall + 10min), now, wall));
    REQUIRE(holds.add(hold("AAAAA2", wall + 10min, "other"), now, wall));
    CHECK_FALSE(holds.add(hold("AAAAA3", wall), now, wall));
    CHECK_FALSE(holds.add(hold("AAAAA3", wall - 1s), now, wall));
    CHECK_FALSE(holds.add(hold("AAAAA2", wall + 20min), now, wall));  // the id of another hold
    CHECK(holds.find("", user)->hold.id == "AAAAA1");
    CHECK(holds.size() == 2);
    REQUIRE(holds.add(hold("AAAAA1", wall + 20min), now, wall));  // its own id: a hold that is made longer
    CHECK(holds.find("", user)->hold.until == wall + 20min);
}

TEST_CASE("messages wait under the hold of their own recipient only") {
    Holds holds;
    REQUIRE(holds.add(hold("AAAAA1", wall + 10min), now, wall));
    CHECK_FALSE(holds.add_waiting("AAAAA2", user, "4Abc1234"));
    CHECK_FALSE(holds.add_waiting("AAAAA1", "victim@example.com", "4Abc1234"));
    CHECK_FALSE(holds.add_waiting("AAAAA1", "", "4Abc1234"));
    CHECK(holds.add_waiting("AAAAA1", user, "4Abc1234"));
    CHECK(holds.add_waiting("AAAAA1", user, "4Abc1234"));
    CHECK(holds.add_waiting("AAAAA1", user, "4Def5678"));
    CHECK(holds.find_id("AAAAA1")->waiting == Ids{"4Abc1234", "4Def5678"});
    for (std::size_t i = 0; i < Holds::max_waiting; ++i)
        holds.add_waiting("AAAAA1", user, "4M" + std::to_string(i));
    CHECK(holds.find_id("AAAAA1")->waiting.size() == Holds::max_waiting);
}

TEST_CASE("a hold that is cleared is gone") {
    Holds holds;
    REQUIRE(holds.add(hold("AAAAA1", wall + 10min), now, wall));
    REQUIRE(holds.add_waiting("AAAAA1", user, "4Abc1234"));
    CHECK_FALSE(holds.remove("AAAAA2"));
    const auto removed = holds.remove("AAAAA1");
    REQUIRE(removed);
    CHECK(removed->hold.recipient == user);
    CHECK(removed->waiting == Ids{"4Abc1234"});
    CHECK_FALSE(holds.remove("AAAAA1"));
    CHECK(holds.find("", user) == nullptr);
    CHECK_FALSE(holds.next_end());
    CHECK(holds.take_ended(now + 1h, wall + 1h, 10).empty());
}

TEST_CASE("the list begins with the earliest end") {
    Holds holds;
    for (const int minutes : {30, 10, 20})
        REQUIRE(holds.add(hold("AAAA" + std::to_string(minutes), wall + std::chrono::minutes(minutes),
                               std::to_string(minutes)),
                          now, wall));
    const auto all = holds.list(10);
    REQUIRE(all.size() == 3);
    CHECK(all[0]->hold.id == "AAAA10");
    CHECK(all[1]->hold.id == "AAAA20");
    CHECK(all[2]->hold.id == "AAAA30");
    CHECK(holds.list(2).size() == 2);
    CHECK(holds.list(0).empty());
}

TEST_CASE("ids are six characters that are told apart by eye, and unlike those remembered") {
    Holds holds;
    std::mt19937 random(5);
    const auto bits = [&] { return static_cast<std::uint32_t>(random()); };
    for (int i = 0; i < 1'000; ++i) {
        const auto id = holds.new_id(bits);
        REQUIRE(id.size() == 6);
        REQUIRE(id.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string::npos);
        REQUIRE(holds.find_id(id) == nullptr);
        REQUIRE(holds.add(hold(id, wall + 10min, std::to_string(i)), now, wall));
    }
    std::uint32_t next = 0;
    const auto counting = [&] { return next++; };
    Holds few;
    REQUIRE(few.add(hold("000000", wall + 10min), now, wall));
    CHECK(few.new_id(counting) == "100000");
}

TEST_CASE("many holds, added and ended at random") {
    Holds holds;
    std::mt19937 random(11);
    const auto any = [&](int to) { return std::uniform_int_distribution<int>(0, to)(random); };
    auto at = now;
    auto wall_at = wall;
    std::size_t next_id = 0;
    for (int i = 0; i < 5'000; ++i) {
        switch (any(3)) {
            case 0:
            case 1:
                holds.add(hold("H" + std::to_string(next_id++), wall_at + std::chrono::seconds(1 + any(100)),
                               std::to_string(any(50))),
                          at, wall_at);
                break;
            case 2:
                holds.remove("H" + std::to_string(static_cast<std::size_t>(any(static_cast<int>(next_id)))));
                break;
            default:
                at += std::chrono::seconds(any(20));
                wall_at += std::chrono::seconds(any(22) - 1);
                for (const auto& ended : holds.take_ended(at, wall_at, 5))
                    REQUIRE((ended.end <= at || ended.hold.until <= wall_at));
        }
        REQUIRE(holds.size() <= 51);
        REQUIRE(holds.list(1'000).size() == holds.size());
    }
    CHECK(holds.take_ended(at + 1h, wall_at, 1'000).size() + holds.size() <= 51);
    CHECK(holds.size() == 0);
}

TEST_CASE("a hold on a message covers that message alone") {
    Holds holds;
    auto of_message = hold("AAAAA1", wall + 10min);
    of_message.queue_id = "1vN0Ab-0004hG-2x";
    REQUIRE(holds.add(of_message, now, wall));
    CHECK(holds.find("", user) == nullptr);
    CHECK(holds.find("", user, "1vN0Ab-0004hG-2y") == nullptr);
    CHECK(holds.find("", user, "1vN0Ab-0004hG-2x")->hold.id == "AAAAA1");
    CHECK_FALSE(holds.add_waiting("AAAAA1", user, "1vN0Ab-0004hG-2y"));
    CHECK(holds.add_waiting("AAAAA1", user, "1vN0Ab-0004hG-2x"));
    REQUIRE(holds.add(hold("AAAAA2", wall + 20min), now, wall));
    CHECK(holds.find("", user, "1vN0Ab-0004hG-2x")->hold.id == "AAAAA1");
    CHECK(holds.find("", user, "1vN0Ab-0004hG-2y")->hold.id == "AAAAA2");
    auto both = holds.of_recipient(user);
    std::sort(both.begin(), both.end());
    CHECK(both == Ids{"AAAAA1", "AAAAA2"});
    CHECK(holds.of_recipient("other@example.com").empty());
    REQUIRE(holds.remove("AAAAA1"));
    CHECK(holds.find("", user, "1vN0Ab-0004hG-2x")->hold.id == "AAAAA2");
}
