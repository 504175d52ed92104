// Back-off as stories in virtual time.
#include "back_off_rig.hpp"

using namespace nexthopd;
using Phase = rules::WideHold::Phase;

TEST_CASE("a provider that says too much: its mail waits, one probe in each interval, then a ramp") {
    Rig rig(busy_rule);
    CHECK(rig.ask("a@one.test", "Q1"));
    rig.refuse("a@one.test", 2);
    CHECK(rig.effects.started.empty());
    CHECK(rig.back_off.idle());
    rig.refuse("b@two.test");
    REQUIRE(rig.effects.started.size() == 1);
    const auto& hold = rig.effects.started.front();
    CHECK(hold.scope == mail::HoldScope::provider);
    CHECK(hold.recipient == "big");
    CHECK(hold.rule == "busy");
    CHECK(hold.reason == "3 replies in 10m, the last of mx1.big.net: 421 4.7.0 too much");
    CHECK_FALSE(rig.back_off.idle());

    // Mail of others does not notice.
    CHECK_FALSE(rig.back_off.covers(mail::HoldScope::provider, "other", "x@other.test", rig.moment(), true));
    CHECK_FALSE(
        rig.back_off.covers(mail::HoldScope::domain, "other.test", "x@other.test", rig.moment(), true));
    for (int i = 0; i < 9; ++i)
        CHECK_FALSE(rig.ask(fmt::format("u{}@d{}.test", i, i % 4), fmt::format("Q{}", i)));

    rig.pass(9min);
    CHECK(rig.released().empty());
    rig.pass(2min);
    CHECK(rig.released() == std::vector<std::string>{"Q0"});  // the oldest
    CHECK_FALSE(rig.ask("u1@d1.test", "Q1"));
    CHECK(rig.ask("u0@d0.test", "Q0"));
    CHECK_FALSE(rig.ask("u0@d0.test", "Q0"));  // one message only
    rig.back_off.left("Q0", "u0@d0.test");
    // It fails: twice the time, then as long as the rule permits.
    rig.refuse("u0@d0.test");
    CHECK(rig.effects.changed.back().length == 20min);
    rig.pass(19min);
    CHECK(rig.released().empty());
    rig.pass(2min);
    CHECK(rig.released() == std::vector<std::string>{"Q1"});
    CHECK(rig.ask("u1@d1.test", "Q1"));
    rig.refuse("u1@d1.test");
    CHECK(rig.effects.changed.back().length == 30min);
    rig.pass(31min);
    CHECK(rig.released() == std::vector<std::string>{"Q2"});
    CHECK(rig.ask("u2@d2.test", "Q2"));
    // It is taken: two in the first minute, then more in each in which one was taken, in the order of their
    // age.
    rig.take("u2@d2.test");
    CHECK(rig.back_off.list(9).front()->phase() == Phase::ramping);
    rig.pass(59s);
    CHECK(rig.released() == std::vector<std::string>{"Q3", "Q4"});
    rig.take("u3@d3.test");
    rig.pass(60s);
    CHECK(rig.released() == std::vector<std::string>{"Q5", "Q6", "Q7", "Q8"});
    // New mail goes at the pace of the ramp.
    rig.pass(20s);
    CHECK(rig.ask("new@one.test", "N1"));
    CHECK_FALSE(rig.ask("new2@one.test", "N2"));
    rig.pass(8min);
    CHECK(rig.effects.ended.size() == 1);
    CHECK(rig.effects.ended.front().why == "over");
    CHECK(rig.back_off.idle());
    CHECK(rig.ask("any@one.test", "N3"));
}

TEST_CASE("a failure while lifting halves the pace, and closes again below the first") {
    Rig rig(busy_rule);
    rig.refuse("a@one.test", 3);
    for (int i = 0; i < 200; ++i)
        rig.ask(fmt::format("u{}@d.test", i), fmt::format("Q{}", i));
    rig.pass(11min);
    rig.take("u0@d.test");
    for (int minute = 0; minute < 4; ++minute) {
        rig.take("u1@d.test");
        rig.pass(60s);
    }
    const auto* const hold = rig.back_off.list(9).front();
    CHECK(hold->pace() == 10);
    rig.refuse("u5@d.test", 5);  // what was under way is one failure
    CHECK(hold->pace() == 5);
    rig.pass(61s);
    CHECK(hold->pace() == 5);
    rig.refuse("u6@d.test");
    rig.pass(61s);
    CHECK(hold->pace() == 2);
    rig.refuse("u7@d.test");
    CHECK(hold->pace() == 1);
    rig.pass(61s);
    rig.refuse("u8@d.test");
    CHECK(hold->phase() == Phase::closed);
    CHECK(hold->hold().length == 20min);
}

TEST_CASE("with nothing waiting the next mail is the probe, and a hold that nobody asks about ends") {
    Rig rig(busy_rule);
    rig.refuse("a@one.test", 3);
    rig.pass(11min);
    CHECK(rig.ask("first@one.test", "Q1"));
    CHECK_FALSE(rig.ask("second@one.test", "Q2"));
    rig.take("first@one.test");
    CHECK(rig.back_off.list(9).front()->phase() == Phase::ramping);

    Rig forgotten(busy_rule);
    forgotten.refuse("a@one.test", 3);
    forgotten.pass(2h);
    CHECK(forgotten.effects.ended.size() == 1);
    CHECK(forgotten.back_off.idle());
}

TEST_CASE("a probe without an outcome is sent again") {
    Rig rig(busy_rule);
    rig.refuse("a@one.test", 3);
    rig.ask("u0@d.test", "Q0");
    rig.ask("u1@d.test", "Q1");
    rig.pass(11min);
    CHECK(rig.released() == std::vector<std::string>{"Q0"});
    rig.pass(rules::WideHold::patience);
    CHECK(rig.released() == std::vector<std::string>{"Q1"});
}

TEST_CASE("what began before the probe says nothing of it") {
    Rig rig(busy_rule);
    rig.refuse("a@one.test", 3);
    auto old = rig.attempt("mx1.big.net", "a@one.test", "250 ok");
    rig.pass(11min);
    CHECK(rig.ask("u0@d.test", "Q0"));
    rig.learn(old);
    CHECK(rig.back_off.list(9).front()->phase() == Phase::probing);
}

TEST_CASE("observe: everything is recorded, and nothing waits") {
    Rig rig(busy_rule, false);
    rig.refuse("a@one.test", 4);
    REQUIRE(rig.effects.started.size() == 1);
    CHECK(rig.effects.started.front().observed);
    CHECK(rig.back_off.idle());
    CHECK(rig.ask("a@one.test", "Q1"));
    CHECK(rig.back_off.list_observed().size() == 1);
    rig.pass(11min);
    CHECK(rig.back_off.list_observed().empty());
    CHECK(rig.effects.ended.front().why == "over");
    CHECK(rig.effects.releases.empty());
}

TEST_CASE("a percentage of the providers, always the same ones") {
    std::string text = "[[rule]]\nname='busy'\nwhen={class='4'}\nhold='domain'\nmode='30%'\n";
    Rig rig(text);
    for (int i = 0; i < 300; ++i)
        rig.learn(rig.attempt("mx", fmt::format("a@d{}.test", i), "421 no"));
    const auto held = rig.back_off.list(1000).size();
    CHECK(held > 60);
    CHECK(held < 120);
    CHECK(rig.effects.started.size() == 300);
}

TEST_CASE("greylisting holds that mail alone, for the time that the server states") {
    Rig rig(
        "[[rule]]\nname='grey'\nwhen={reason='greylist'}\nhold='mail'\nfor='5m'\nstated=true\nmost='2h'\n");
    auto attempt = rig.attempt("mx1.test", "a@one.test", "450 greylisted", "greylist");
    rig.learn(attempt);
    attempt.wait = 90s;
    rig.learn(attempt);
    attempt.wait = 24h;
    attempt.delay = 60;
    rig.learn(attempt);
    REQUIRE(rig.effects.mail.size() == 3);
    CHECK(rig.effects.mail[0].hold.until == rig.moment().wall + 5min + 1s);
    CHECK(rig.effects.mail[0].queue_id == "4abc");
    CHECK(rig.effects.mail[0].hold.recipient == "a@one.test");
    CHECK(rig.effects.mail[1].hold.until == rig.moment().wall + 91s);
    CHECK(rig.effects.mail[2].hold.until == rig.moment().wall + 2h + 1s);
    CHECK(rig.effects.mail[2].arrived == rig.moment().wall - 60s);
    CHECK(rig.back_off.idle());
    // Read late: what would be over is not begun.
    attempt.wait = 90s;
    rig.pass(10min);
    rig.learn(attempt);
    CHECK(rig.effects.mail.size() == 3);
}

TEST_CASE("what does not count") {
    Rig rig(busy_rule);
    auto attempt = rig.attempt("mx1.big.net", "a@one.test", "421 4.7.0 too much", "rate");
    SECTION("a relay, a probe of verification, further recipients of a session") {
        for (int i = 0; i < 9; ++i) {
            auto relay = attempt;
            relay.stage = mail::Stage::relay;
            rig.learn(relay);
            auto probe = attempt;
            probe.mode = mail::Mode::probe;
            rig.learn(probe);
            auto further = attempt;
            further.counted = false;
            rig.learn(further);
        }
    }
    SECTION("a full mailbox") {
        rig.use(big_provider + "[[rule]]\nname='any'\nwhen={class='4'}\nhold='provider'\n");
        rig.learn(rig.attempt("mx1.big.net", "a@one.test", "452 4.2.2 full", "quota"));
    }
    SECTION("replies outside of the window") {
        rig.refuse("a@one.test", 2);
        rig.pass(12min);
        rig.refuse("a@one.test");
    }
    SECTION("while the log has a gap") {
        for (int i = 0; i < 9; ++i)
            rig.learn(attempt, false);
    }
    SECTION("other providers") {
        rig.refuse("a@one.test", 2);
        rig.learn(rig.attempt("mx1.other.net", "a@one.test", "421 no", "rate"));
        rig.learn(rig.attempt("mx1.own.test", "a@one.test", "421 no", "rate"));
    }
    CHECK(rig.effects.started.empty());
    CHECK(rig.back_off.idle());
}

TEST_CASE("the server stands for a provider that is not known") {
    Rig rig(busy_rule);
    for (int i = 0; i < 3; ++i)
        rig.learn(rig.attempt("mx1.own.test", "a@one.test", "421 no", "rate"));
    REQUIRE(rig.effects.started.size() == 1);
    CHECK(rig.effects.started.front().scope == mail::HoldScope::server);
    CHECK(rig.effects.started.front().recipient == "mx1.own.test");
    CHECK(rig.back_off.server_held("mx1.own.test", rig.moment(), true)->left == 10min + 1s);
    CHECK_FALSE(rig.back_off.server_held("mx2.own.test", rig.moment(), true));
    rig.pass(11min);
    CHECK_FALSE(rig.back_off.server_held("mx1.own.test", rig.moment(), true));  // the probe
    CHECK(rig.back_off.server_held("mx1.own.test", rig.moment(), true));
}

TEST_CASE("a share of the attempts, when there are enough of them") {
    Rig rig("[[rule]]\nname='half'\nwhen={class='4'}\ntrigger='50% of 10 in 10m'\nhold='domain'\n");
    for (int i = 0; i < 4; ++i)
        rig.learn(rig.attempt("mx", "a@one.test", "451 no"));
    for (int i = 0; i < 5; ++i)
        rig.learn(rig.attempt("mx", "a@one.test", "250 ok"));
    CHECK(rig.effects.started.empty());
    rig.learn(rig.attempt("mx", "a@one.test", "451 no"));
    CHECK(rig.effects.started.size() == 1);
}

TEST_CASE("a rule that is edited or gone ends its holds, and their mail leaves in portions") {
    Rig rig(busy_rule);
    rig.refuse("a@one.test", 3);
    for (int i = 0; i < 250; ++i)
        rig.ask(fmt::format("u{}@d.test", i), fmt::format("Q{}", i));
    SECTION("unchanged, it goes on") {
        rig.use("# moved\n" + busy_rule);
        CHECK(rig.back_off.size() == 1);
        CHECK(rig.effects.ended.empty());
    }
    SECTION("edited") {
        rig.use(busy_rule + "example='421 4.7.0 too much'\nstated=true\n");
    }
    SECTION("gone") {
        rig.use(big_provider);
    }
    SECTION("told to observe") {
        rig.options.observe = true;
        rig.use(busy_rule);
    }
    SECTION("cleared") {
        CHECK(rig.back_off.clear("ID1", rig.moment(), rig.effects));
    }
    if (rig.back_off.size() == 1) return;
    CHECK(rig.effects.ended.size() == 1);
    CHECK(rig.back_off.idle());
    CHECK(rig.ask("u7@d.test", "Q7"));
    CHECK(rig.released().size() == 100);
    rig.pass(1s);
    CHECK(rig.released().size() == 150);
    CHECK(rig.back_off.find("ID1") == nullptr);
}

TEST_CASE("holds are there again after a restart, when their rules are") {
    Rig before(busy_rule);
    before.refuse("a@one.test", 3);
    auto hold = before.effects.started.front();
    Rig rig(busy_rule);
    rig.passed = 4min;
    rig.back_off.remember(hold, rig.moment(), rig.effects);
    CHECK_FALSE(rig.ask("u0@d.test", "Q0"));
    rig.pass(5min);
    CHECK(rig.released().empty());
    rig.pass(2min);
    CHECK(rig.released() == std::vector<std::string>{"Q0"});

    Rig other(big_provider);
    other.back_off.remember(hold, other.moment(), other.effects);
    CHECK(other.back_off.idle());
    CHECK(other.effects.ended.front().why == "rule changed");
}

TEST_CASE("a throttle gives each message its own time") {
    Rig rig(big_provider +
            "[[rule]]\nname='slow'\nwhen={provider='big'}\nthrottle='6/m,max_burst=2'\nper='provider'\n");
    const auto left = [&](const std::string& recipient) {
        const auto found = rig.back_off.throttle({"", recipient, "one.test", "mx1.big.net", rig.big()},
                                                 rig.moment().now, true);
        return found ? std::chrono::duration_cast<std::chrono::seconds>(found->left) : 0s;
    };
    CHECK_FALSE(rig.back_off.idle());
    CHECK(left("a@one.test") == 0s);
    CHECK(left("b@one.test") == 0s);
    CHECK(left("c@one.test") == 10s);
    CHECK(left("d@one.test") == 20s);
    rig.pass(10s);
    CHECK(left("c@one.test") == 0s);   // its turn
    CHECK(left("c@one.test") == 20s);  // another message to the same recipient
    CHECK_FALSE(rig.back_off.throttle({"", "x@two.test", "two.test", "mx1.other.net", nullptr},
                                      rig.moment().now, true));
}

TEST_CASE("a transport for a provider: of its table, or of a rule while it is triggered") {
    Rig rig(
        "[[provider]]\nname='big'\nmx=['big.net']\nexample='mx1.big.net'\ntransport='bigmail'\n"
        "[[rule]]\nname='slower'\nwhen={reason='rate'}\ntrigger='2 in "
        "5m'\ntransport='slow'\nper='provider'\nfor='10m'\n");
    const auto transport = [&] {
        return rig.back_off.transport("one.test", rig.big(), "", rig.moment().now);
    };
    CHECK(transport() == "bigmail");
    CHECK(rig.back_off.transport("own.test", nullptr, "", rig.moment().now).empty());
    rig.refuse("a@one.test", 2);
    CHECK(transport() == "slow");
    rig.pass(11min);
    CHECK(transport() == "bigmail");
}

TEST_CASE("authentication failures are told once in a while, and nothing waits") {
    Rig rig(big_provider +
            "[[rule]]\nname='auth'\nwhen={reason='auth'}\ntrigger='2 in 1h'\nwarn='provider'\nfor='1h'\n");
    for (int i = 0; i < 10; ++i)
        rig.learn(rig.attempt("mx1.big.net", "a@one.test", "550 5.7.26 unauthenticated", "auth"));
    REQUIRE(rig.effects.warnings.size() == 1);
    CHECK(rig.effects.warnings.front().key == "big");
    CHECK(rig.effects.warnings.front().count == 2);
    CHECK(rig.back_off.idle());
}
