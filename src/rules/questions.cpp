// What is asked before mail goes: is it held, through which transport does it go, is it over a limit?
#include "rules/back_off.hpp"

namespace nexthopd::rules {

using mail::HoldScope;

namespace {

/// Mail that a throttle gave its time is asked about so much later at most.
constexpr std::chrono::minutes promise_kept{10};

std::string_view key_of(const Rule& rule, const BackOff::Mail& mail) {
    switch (rule.scope) {
        case HoldScope::mail:
            return mail.connection;
        case HoldScope::domain:
            return mail.domain;
        case HoldScope::provider:
            if (mail.provider != nullptr) return mail.provider->name;
            break;
        case HoldScope::server:
            break;
    }
    return mail.server;
}

/// Rules per connection apply to the default one too, whose name is empty.
bool is_key(const Rule& rule, std::string_view key) {
    return rule.scope == HoldScope::mail || !key.empty();
}

}  // namespace

std::optional<BackOff::Covering> BackOff::covers(HoldScope scope, std::string_view key,
                                                 std::string_view recipient, Moment moment, bool commit) {
    if (by_target_.empty()) return std::nullopt;
    auto* const hold = at(Target(scope, key));
    if (hold == nullptr) return std::nullopt;
    const bool admitted = hold->admits(recipient, moment, commit);
    touch(*hold);
    if (admitted) return std::nullopt;
    return Covering{hold->hold().id, hold->end(moment.now)};
}

std::optional<BackOff::ServerHold> BackOff::server_held(std::string_view server, Moment moment, bool commit) {
    if (by_servers_ == 0) return std::nullopt;
    auto* const hold = at(Target(HoldScope::server, server));
    if (hold == nullptr) return std::nullopt;
    const bool admitted = hold->admits({}, moment, commit);
    touch(*hold);
    if (admitted) return std::nullopt;
    return ServerHold{hold->end(moment.now) - moment.now, hold->hold().rule, hold->hold().version};
}

bool BackOff::in_force(std::size_t rule, const std::string& key, base::Instant now) const {
    if (set_->rules()[rule].standing()) return true;
    const auto found = active_.find(key);
    return found != active_.end() && now < found->second.until;
}

std::string_view BackOff::transport(std::string_view domain, const Provider* provider,
                                    std::string_view connection, base::Instant now) const {
    if (standing_ || !active_.empty()) {
        const Mail mail{connection, {}, domain, {}, provider};
        for (std::size_t number = 0; number < set_->rules().size(); ++number) {
            const auto& rule = set_->rules()[number];
            if (rule.action != Rule::Action::transport || !set_->governs(rule, domain, provider)) continue;
            const auto key = key_of(rule, mail);
            if (is_key(rule, key) && enforced(rule, key) &&
                in_force(number, versions_[number] + '\n' + std::string(key), now))
                return rule.transport;
        }
    }
    return provider != nullptr ? std::string_view(provider->transport) : std::string_view();
}

void BackOff::promise(std::string key, base::Instant slot) {
    if (promises_.size() >= max_promises || promised_.size() >= 2 * max_promises) return;
    const auto expires = slot + promise_kept;
    promised_.emplace_back(expires, key);
    promises_[std::move(key)] = {slot, expires};
}

std::optional<BackOff::Throttled> BackOff::throttle(const Mail& mail, base::Instant now, bool commit) {
    if (!standing_ && active_.empty()) return std::nullopt;
    std::string mine(mail.connection);
    mine += '\n';
    mine += mail.recipient;
    if (const auto promised = promises_.find(mine); promised != promises_.end()) {
        const bool its_turn = promised->second.slot <= now && now < promised->second.expires;
        if (commit && its_turn) promises_.erase(promised);
        if (its_turn) return std::nullopt;
    }
    struct Applied {
        const Rule* rule;
        Gcra* gcra;
    };
    std::vector<Applied> applied;
    std::optional<Throttled> seen;  // by a rule that only records
    auto slot = now;
    std::size_t by = 0;
    for (std::size_t number = 0; number < set_->rules().size(); ++number) {
        const auto& rule = set_->rules()[number];
        if (rule.action != Rule::Action::throttle || !set_->governs(rule, mail.domain, mail.provider))
            continue;
        const auto key = key_of(rule, mail);
        if (!is_key(rule, key)) continue;
        auto name = versions_[number] + '\n' + std::string(key);
        if (!in_force(number, name, now)) continue;
        if (limits_.size() >= max_limits && !limits_.contains(name)) continue;
        auto& gcra = limits_[std::move(name)];
        const auto next = gcra.next(rule.throttle, now);
        if (!enforced(rule, key)) {
            if (next > now)
                seen = Throttled{rule.name, versions_[number], next - now, true};
            else if (commit)
                gcra.take(rule.throttle, now);
            continue;
        }
        applied.push_back({&rule, &gcra});
        if (next > slot) {
            slot = next;
            by = number;
        }
    }
    if (applied.empty() || slot <= now) {
        for (const auto& one : applied)
            if (commit) one.gcra->take(one.rule->throttle, now);
        return seen;
    }
    const auto left = slot - now;
    // Beyond the longest hold no time is given: it is asked about again before.
    if (left > options_.hold_max)
        return Throttled{set_->rules()[by].name, versions_[by], options_.hold_max, false};
    if (commit) {
        for (const auto& one : applied)
            one.gcra->take(one.rule->throttle, now);
        promise(std::move(mine), slot);
    }
    return Throttled{set_->rules()[by].name, versions_[by], left, false};
}

}  // namespace nexthopd::rules
