#include "answer/hold_limits.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;
using namespace std::chrono_literals;

TEST_CASE("when a hold ends") {
    const auto now = base::from_unix_seconds(1'795'348'800);
    struct Row {
        const char* name;
        std::chrono::milliseconds length;
        std::optional<std::chrono::seconds> age;  // of the mail; nullopt: its arrival is not known
        std::optional<std::chrono::milliseconds> wanted;
    };
    // Queue lifetime 5 d, backoff 4 000 s; hold.max 24 h, hold.max_total 48 h.
    const Row rows[] = {
        {"as asked", 10min, 0s, 10min},
        {"arrival not known: as if it had just come", 10min, std::nullopt, 10min},
        {"a fraction of a second is a second", 1ms, 0s, 1s},
        {"nothing is a second", 0ms, 0s, 1s},
        {"hold.max", 100h, 0s, 24h},
        {"a year", 365 * 24h, std::nullopt, 24h},
        {"hold.max_total, counted from the arrival", 24h, 40h, 8h},
        {"a minute is left", 10min, 48h - 1min, 1min},
        {"a second is left", 10min, 48h - 1s, 1s},
        {"less than a second is left", 10min, 48h, std::nullopt},
        {"past it", 10min, 72h, std::nullopt},
        {"a message of the future", 10min, -1h, 10min},
    };
    Policy policy;
    policy.mta.emplace();
    for (const auto& row : rows) {
        INFO(row.name);
        decide::MailFacts facts;
        if (row.age) facts.arrived = now - *row.age;
        const auto end = hold_end(row.length, facts, policy, now);
        REQUIRE(end.has_value() == row.wanted.has_value());
        if (end) CHECK(*end == now + *row.wanted);
    }
}

TEST_CASE("mail is not held into the end of its time in the queue") {
    const auto now = base::from_unix_seconds(1'795'348'800);
    Policy policy;
    policy.hold_max_total = 100 * 24h;
    policy.mta.emplace();
    policy.mta->queue_lifetime = 24h;
    policy.mta->maximal_backoff = 1h;
    decide::MailFacts facts;
    facts.arrived = now - 21h;
    CHECK(hold_end(10h, facts, policy, now) == now + 1h);  // two backoffs are kept for real attempts
    facts.arrived = now - 22h;
    CHECK_FALSE(hold_end(10h, facts, policy, now));
    facts.arrived = now;
    policy.mta->queue_lifetime = 0s;  // Postfix returns such mail after one attempt
    CHECK_FALSE(hold_end(10min, facts, policy, now));
    policy.mta.reset();  // Postfix' defaults
    CHECK(hold_end(10min, facts, policy, now) == now + 10min);
}

TEST_CASE("mail of Exim is put off for half the time of its last retry rule at most") {
    const auto now = base::from_unix_seconds(1'795'348'800);
    Policy policy;
    policy.hold_max = 100 * 24h;
    policy.hold_max_total = 100 * 24h;
    policy.exim_retry_limit = 96h;
    struct Row {
        const char* name;
        std::chrono::hours age;      // of the message
        std::chrono::hours put_off;  // since when its address waits
        std::optional<std::chrono::hours> wanted;
    };
    const Row rows[] = {
        {"fresh", 0h, 0h, 10h},
        {"the message is old", 40h, 0h, 8h},
        {"the address has waited, for whichever message", 0h, 41h, 7h},
        {"the message is too old", 48h, 0h, std::nullopt},
        {"the address has waited for too long: the next new message would be returned", 0h, 48h,
         std::nullopt},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        decide::MailFacts facts;
        facts.arrived = now - row.age;
        const auto end = exim_hold_end(10h, facts, now - row.put_off, policy, now);
        REQUIRE(end.has_value() == row.wanted.has_value());
        if (end) CHECK(*end == now + *row.wanted);
    }
    policy.hold_max_total = 5h;
    CHECK(exim_hold_end(10h, {}, now, policy, now) == now + 5h);
}
