#include "state/queue_view.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::state;
using namespace std::chrono_literals;

namespace {

const base::WallTime start = base::from_unix_seconds(1'795'348'800);
const std::string user = "user@example.com";
const std::string other = "other@example.com";

}  // namespace

TEST_CASE("what is not known is zero and not exact") {
    const QueueView view;
    const auto facts = view.facts(user);
    CHECK(facts.retries == 0);
    CHECK(facts.size == 0);
    CHECK(facts.sender.empty());
    CHECK(facts.queue_id.empty());
    CHECK_FALSE(facts.exact);
    CHECK(facts.arrived == base::WallTime{});
    CHECK_FALSE(view.waits("4Abc1234", user));
    CHECK(view.recipients("4Abc1234").empty());
}

TEST_CASE("one message to a recipient: its facts are exact") {
    QueueView view;
    view.active("4Abc1234", "me@example.net", 1'234, start);
    CHECK(view.facts(user).queue_id.empty());  // its recipients are not known yet
    view.outcome("4Abc1234", user, true, true, start + 1s);
    auto facts = view.facts(user);
    CHECK(facts.queue_id == "4Abc1234");
    CHECK(facts.sender == "me@example.net");
    CHECK(facts.size == 1'234);
    CHECK(facts.retries == 1);
    CHECK(facts.arrived == start);
    CHECK(facts.exact);
    view.outcome("4Abc1234", user, true, true, start + 5min);
    CHECK(view.facts(user).retries == 2);
    view.outcome("4Abc1234", user, true, false, start + 6min);  // a hold is no attempt
    CHECK(view.facts(user).retries == 2);
    CHECK(view.waits("4Abc1234", user));
}

TEST_CASE("several messages to a recipient: those of the newest, not exact") {
    QueueView view;
    view.active("4First11", "a@example.net", 1, start);
    view.outcome("4First11", user, true, true, start);
    view.active("4Second2", "b@example.net", 2, start + 1min);
    view.outcome("4Second2", user, true, true, start + 1min);
    view.outcome("4First11", user, true, true, start + 2min);
    auto facts = view.facts(user);
    CHECK(facts.queue_id == "4Second2");
    CHECK(facts.size == 2);
    CHECK(facts.retries == 1);
    CHECK_FALSE(facts.exact);
    view.gone("4Second2");
    facts = view.facts(user);
    CHECK(facts.queue_id == "4First11");
    CHECK(facts.retries == 2);
    CHECK(facts.exact);
}

TEST_CASE("a recipient is done, the message stays for the others") {
    QueueView view;
    view.active("4Abc1234", "me@example.net", 10, start);
    view.outcome("4Abc1234", user, true, true, start);
    view.outcome("4Abc1234", other, true, true, start);
    CHECK(view.recipients("4Abc1234") == std::vector<std::string>{user, other});
    view.outcome("4Abc1234", user, false, true, start);
    CHECK_FALSE(view.waits("4Abc1234", user));
    CHECK(view.waits("4Abc1234", other));
    CHECK(view.recipients("4Abc1234") == std::vector<std::string>{other});
    CHECK(view.facts(user).queue_id.empty());
    CHECK(view.facts(other).exact);
    view.gone("4Abc1234");
    view.gone("4Abc1234");
    CHECK(view.messages() == 0);
    CHECK(view.facts(other).queue_id.empty());
    view.outcome("4Unknown", user, false, true, start);  // sent, and never seen before
    CHECK(view.messages() == 0);
}

TEST_CASE("a short queue id that is used again is another message") {
    QueueView view;
    view.active("ABCDEF", "me@example.net", 100, start);
    view.outcome("ABCDEF", user, true, true, start);
    SECTION("the same message, active again") {
        view.active("ABCDEF", "me@example.net", 100, start + 1h);
        CHECK(view.facts(user).retries == 1);
        CHECK(view.facts(user).arrived == start);
    }
    SECTION("another size") {
        view.active("ABCDEF", "me@example.net", 101, start + 1h);
        CHECK(view.facts(user).queue_id.empty());
        view.outcome("ABCDEF", other, true, true, start + 1h);
        CHECK(view.facts(other).retries == 1);
        CHECK(view.facts(other).arrived == start + 1h);
    }
    SECTION("another sender") {
        view.active("ABCDEF", "you@example.net", 100, start + 1h);
        CHECK(view.facts(user).queue_id.empty());
    }
    CHECK(view.messages() == 1);
}

TEST_CASE("a message that was first seen deferred is filled in later") {
    QueueView view;
    view.outcome("4Abc1234", user, true, true, start);
    CHECK(view.facts(user).size == 0);
    view.active("4Abc1234", "me@example.net", 77, start + 5min);
    const auto facts = view.facts(user);
    CHECK(facts.size == 77);
    CHECK(facts.retries == 1);
    CHECK(facts.arrived == start);
}

TEST_CASE("the view is bounded: the message seen first is forgotten first") {
    QueueView view;
    for (std::size_t i = 0; i < QueueView::max_messages + 10; ++i) {
        const auto id = "4M" + std::to_string(1'000'000 + i);
        view.outcome(id, id + "@example.com", true, true, start);
    }
    CHECK(view.messages() == QueueView::max_messages);
    CHECK_FALSE(view.waits("4M1000009", "4M1000009@example.com"));
    CHECK(view.facts("4M1000009@example.com").queue_id.empty());
    CHECK(view.waits("4M1000010", "4M1000010@example.com"));
}

TEST_CASE("messages that come and go do not displace one that stays") {
    QueueView view;
    view.active("4Stays11", "me@example.net", 1, start);
    view.outcome("4Stays11", user, true, true, start);
    for (std::size_t i = 0; i < 2 * QueueView::max_messages + 10; ++i) {
        const auto id = "4M" + std::to_string(i);
        view.active(id, "", 1, start);
        view.gone(id);
    }
    CHECK(view.messages() == 1);
    CHECK(view.waits("4Stays11", user));
}

TEST_CASE("recipients of a message and messages of a recipient are bounded") {
    QueueView view;
    for (std::size_t i = 0; i < QueueView::max_recipients + 5; ++i)
        view.outcome("4Abc1234", "r" + std::to_string(i) + "@example.com", true, true, start);
    CHECK(view.recipients("4Abc1234").size() == QueueView::max_recipients);
    CHECK_FALSE(view.waits("4Abc1234", "r1000@example.com"));

    for (std::size_t i = 0; i < QueueView::max_ids_per_recipient + 5; ++i)
        view.outcome("4M" + std::to_string(i), user, true, true, start);
    CHECK(view.facts(user).queue_id == "4M1004");
    view.gone("4M0");  // no longer listed under the recipient
    for (std::size_t i = 5; i < QueueView::max_ids_per_recipient + 5; ++i)
        view.gone("4M" + std::to_string(i));
    CHECK(view.facts(user).queue_id.empty());
}

TEST_CASE("smtpd has taken a message: it is known before the queue manager logs it") {
    QueueView view;
    view.taken("4Abc1234", "me@example.net", 199, {user, other}, start);
    auto facts = view.facts(user);
    CHECK(facts.queue_id == "4Abc1234");
    CHECK(facts.sender == "me@example.net");
    CHECK(facts.size == 199);
    CHECK(facts.exact);
    view.active("4Abc1234", "me@example.net", 363, start + 1s);  // with the headers that Postfix adds
    CHECK(view.facts(other).size == 363);
    view.prune(start + 1h);
    CHECK(view.messages() == 1);
    view.active("4Abc1234", "me@example.net", 99, start + 2h);  // now that would be another message
    CHECK(view.facts(user).queue_id.empty());
}

TEST_CASE("the log was faster than smtpd's last word") {
    QueueView view;
    view.active("4Abc1234", "me@example.net", 363, start);
    view.taken("4Abc1234", "me@example.net", 199, {user}, start);
    CHECK(view.facts(user).size == 363);
    view.prune(start + 1h);
    CHECK(view.facts(user).size == 363);
}

TEST_CASE("a message that was taken, but refused by a filter, is forgotten") {
    QueueView view;
    view.taken("4First11", "me@example.net", 1, {user}, start);
    view.taken("4Second2", "me@example.net", 2, {user}, start + 30s);
    view.prune(start + QueueView::expected - 1s);
    CHECK(view.messages() == 2);
    view.prune(start + QueueView::expected);
    CHECK(view.messages() == 1);
    CHECK(view.facts(user).queue_id == "4Second2");
}
