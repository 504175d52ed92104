// A small world for back-off: a clock that a test sets, attempts, and what the machine wants done.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "rules/back_off.hpp"
#include "rules/providers_file.hpp"
#include "rules/rules_file.hpp"

namespace nexthopd {

using namespace std::chrono_literals;

inline const base::WallTime rig_start = base::from_unix_seconds(1'800'000'000);

struct Rig {
    explicit Rig(const std::string& text, bool enforce = true, std::chrono::milliseconds hold_max = 24h) {
        options.usual = rules::RuleMode{enforce ? 100U : 0U};
        options.hold_max = hold_max;
        use(text);
    }

    void use(const std::string& text) {
        const std::vector<config::Source> sources{{"rig.toml", text}};
        auto list = rules::read_rules(sources);
        if (!list) FAIL(config::to_text(list.error().front()));
        auto providers = rules::Providers::build(*rules::read_providers(sources));
        REQUIRE(providers);
        auto built = rules::RuleSet::build(*list, *providers, nullptr);
        if (!built) FAIL(config::to_text(built.error().front()));
        back_off.set_rules(*built, options, moment(), effects);
    }

    rules::Moment moment() const {
        return {base::Instant(1000h) + passed,
                rig_start + std::chrono::duration_cast<base::WallTime::duration>(passed)};
    }

    void pass(base::Duration time) {
        const auto end = passed + time;
        // As the daemon does: at the times that the machine names, each second at the latest.
        while (passed < end) {
            auto next = passed + 1s;
            if (const auto due = back_off.next())
                next = std::min(next, std::max(passed + 1ms, *due - base::Instant(1000h)));
            passed = std::min(next, end);
            back_off.advance(moment(), effects);
        }
    }

    mail::Attempt attempt(const std::string& server, const std::string& recipient, const std::string& result,
                          const std::string& reason = "") const {
        mail::Attempt out;
        out.time = base::from_unix_seconds(base::unix_seconds(moment().wall));
        out.queue_id = "4abc";
        out.recipient = recipient;
        out.domain = recipient.substr(recipient.find('@') + 1);
        out.server = server;
        out.result = result;
        out.reason = reason;
        out.status = result.front() == '2'   ? mail::Status::sent
                     : result.front() == '4' ? mail::Status::deferred
                                             : mail::Status::bounced;
        out.stage = result.front() == '2' ? mail::Stage::eod : mail::Stage::mail;
        return out;
    }
    void learn(const mail::Attempt& attempt, bool complete = true) {
        const auto& providers = back_off.rules().providers();
        back_off.attempt(attempt, providers.of_host(attempt.server), complete, moment(), effects);
    }
    void refuse(const std::string& recipient, int times = 1) {
        for (int i = 0; i < times; ++i)
            learn(attempt("mx1.big.net", recipient, "421 4.7.0 too much", "rate"));
    }
    void take(const std::string& recipient) { learn(attempt("mx1.big.net", recipient, "250 2.0.0 ok")); }

    /// As the MTA asks about mail of the provider; true: it may go. A held one is in the log at once.
    bool ask(const std::string& recipient, const std::string& queue_id) {
        const auto domain = recipient.substr(recipient.find('@') + 1);
        auto held = back_off.covers(mail::HoldScope::domain, domain, recipient, moment(), true);
        if (!held && big() != nullptr)
            held = back_off.covers(mail::HoldScope::provider, "big", recipient, moment(), true);
        if (held) back_off.waits(held->id, recipient, queue_id, moment().now);
        return !held;
    }
    const rules::Provider* big() const { return back_off.rules().providers().find("big"); }
    /// What was to be released since the last time, in order.
    std::vector<std::string> released() {
        std::vector<std::string> out;
        for (const auto& message : effects.releases)
            out.push_back(message.queue_id);
        effects.releases.clear();
        return out;
    }

    rules::BackOff::Options options;
    base::Duration passed{0};
    int ids = 0;
    rules::BackOff back_off{[this] { return fmt::format("ID{}", ++ids); }};
    rules::Effects effects;
};

inline const std::string big_provider =
    "[[provider]]\nname='big'\nmx=['big.net']\nexample='mx1.big.net'\n"
    "[[provider]]\nname='other'\nmx=['other.net']\nexample='mx1.other.net'\n";
inline const std::string busy_rule = big_provider +
                                     "[[rule]]\nname='busy'\nwhen={reason='rate'}\ntrigger='3 in 10m'\n"
                                     "hold='provider'\nfor='10m'\nmost='30m'\nramp='2/m'\n";

}  // namespace nexthopd
