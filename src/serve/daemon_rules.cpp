// What rules decide is done: holds begin and end, mail is released, people are told.
#include <algorithm>

#include "answer/hold_limits.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "serve/daemon.hpp"

namespace nexthopd::serve {

namespace {

constexpr std::size_t ended_at_once = 200;
constexpr std::size_t max_cleared = 10'000;

const char* mode_of(const mail::Hold& hold) {
    return hold.observed ? " mode=observe" : "";
}

}  // namespace

void Daemon::use_rules(std::shared_ptr<const rules::RuleSet> rules) {
    rules_ = std::move(rules);
    rules::BackOff::Options options;
    options.observe = settings_.mode == config::Mode::observe;
    options.usual.percent = settings_.rules.mode == config::Mode::enforce ? 100 : 0;
    options.hold_max = settings_.hold.max;
    rules::Effects effects;
    knowledge_.back_off.set_rules(rules_, options, moment(), effects);
    carry_out(std::move(effects));
}

/// Holds of single mails whose rule says something else now, or is gone: some in each tick.
void Daemon::end_holds_of_rules() {
    if (!rules_known_) return;
    for (const auto& version : knowledge_.holds.versions()) {
        const auto& list = rules_->rules();
        if (std::any_of(list.begin(), list.end(),
                        [&](const auto& rule) { return rule.version() == version; }))
            continue;
        for (const auto& id : knowledge_.holds.of_version(version, ended_at_once))
            if (const auto hold = knowledge_.holds.remove(id)) end_hold(*hold, "rule changed");
    }
}

/// A message that was tried and has to wait: it is woken at the end, as if it had been asked about.
void Daemon::hold_message(rules::Effects::MailHold wanted) {
    const auto wall = clock_.wall();
    decide::MailFacts facts;
    facts.arrived = wanted.arrived.value_or(base::WallTime{});
    auto& hold = wanted.hold;
    const auto length = std::chrono::ceil<std::chrono::milliseconds>(hold.until - wall);
    const auto until = answer::hold_end(length, facts, pipeline_.policy(), wall);
    if (!until) return;
    hold.until = *until;
    if (!knowledge_.holds.add(hold, clock_.now(), wall)) return;
    knowledge_.holds.add_waiting(hold.id, hold.recipient, wanted.queue_id);
    hold_started(hold);
    log::info("decision=hold id={} recipient={} until={} rule={} reason=\"{}\"", hold.id,
              base::printable(privacy_.address(hold.recipient)), base::rfc3339(hold.until), hold.rule,
              base::printable(privacy_.text(hold.reason)));
    next_tick_.cancel();
}

void Daemon::carry_out(rules::Effects effects) {
    for (auto& hold : effects.mail)
        hold_message(std::move(hold));
    const auto key = [&](const mail::Hold& hold) {
        return base::printable(hold.scope == mail::HoldScope::mail ? privacy_.address(hold.recipient)
                                                                   : hold.recipient);
    };
    for (const auto& hold : effects.started) {
        hold_started(hold);
        log::info("decision=hold id={} {}={} until={} rule={} reason=\"{}\"{}", hold.id,
                  mail::to_text(hold.scope), key(hold), base::rfc3339(hold.until), hold.rule,
                  base::printable(privacy_.text(hold.reason)), mode_of(hold));
    }
    for (const auto& hold : effects.changed) {
        hold_started(hold);
        log::info("hold changed: id={} {}={} until={} rule={}", hold.id, mail::to_text(hold.scope), key(hold),
                  base::rfc3339(hold.until), hold.rule);
    }
    for (const auto& ended : effects.ended) {
        if (ledger_) ledger_->end_hold({ended.hold.id, clock_.wall(), ended.why});
        log::info("hold ended: id={} {}={} why=\"{}\"{}", ended.hold.id, mail::to_text(ended.hold.scope),
                  key(ended.hold), ended.why, mode_of(ended.hold));
    }
    for (auto& message : effects.releases)
        releaser_.release(std::move(message.queue_id), std::move(message.recipient));
    for (const auto& warning : effects.warnings)
        log::warning("rule {}: {} failed {} time(s), and trying again does not mend it: {}", warning.rule,
                     base::printable(warning.key), warning.count,
                     base::printable(privacy_.text(warning.reply)));
    if (!effects.started.empty() || !effects.changed.empty()) next_tick_.cancel();
}

std::size_t Daemon::clear_holds_of_rule(const std::string& name) {
    std::vector<std::string> ids;
    for (const auto* const hold : knowledge_.back_off.list(rules::BackOff::max_wide_holds))
        if (hold->hold().rule == name) ids.push_back(hold->hold().id);
    for (const auto* const hold : knowledge_.back_off.list_observed())
        if (hold->rule == name) ids.push_back(hold->id);
    // Of single mails the first ones now; the portion is what one command may take of everybody's time.
    if (const auto* const rule = rules_->find(name))
        for (auto& id : knowledge_.holds.of_version(rule->version(), max_cleared))
            ids.push_back(std::move(id));
    for (const auto& id : ids)
        clear_hold(id);
    return ids.size();
}

std::size_t Daemon::clear_holds_of_provider(const std::string& name) {
    std::vector<std::string> ids;
    for (const auto* const hold : knowledge_.back_off.list(rules::BackOff::max_wide_holds))
        if (hold->hold().scope == mail::HoldScope::provider && hold->hold().recipient == name)
            ids.push_back(hold->hold().id);
    for (const auto& id : ids)
        clear_hold(id);
    return ids.size();
}

}  // namespace nexthopd::serve
