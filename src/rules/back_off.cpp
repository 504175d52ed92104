// What happens: rules are set, attempts end, messages wait and leave, time passes.
#include "rules/back_off.hpp"

#include <algorithm>

#include "base/string_hash.hpp"
#include "rules/evidence.hpp"

namespace nexthopd::rules {

using mail::HoldScope;
using namespace std::chrono_literals;

namespace {

/// Logs have whole seconds: what is said to end after five minutes has ended then at the latest.
constexpr std::chrono::seconds log_resolution{1};

std::string join(std::string_view version, std::string_view key) {
    std::string out(version);
    out += '\n';
    out += key;
    return out;
}

/// The server has taken the mail, or judged recipient or message.
bool was_taken(const mail::Attempt& attempt) {
    using mail::Stage;
    return attempt.status == mail::Status::sent || attempt.stage == Stage::rcpt ||
           attempt.stage == Stage::data || attempt.stage == Stage::eod;
}

bool by_servers(HoldScope scope) {
    return scope == HoldScope::server || scope == HoldScope::provider;
}

}  // namespace

std::uint32_t BackOff::percent(const Rule& rule) const {
    return options_.observe ? 0 : rule.mode.value_or(options_.usual).percent;
}

bool BackOff::enforced(const Rule& rule, std::string_view key) const {
    const auto share = percent(rule);
    return share >= 100 || base::fingerprint(join(rule.name, key)).first % 100 < share;
}

void BackOff::set_rules(std::shared_ptr<const RuleSet> set, Options options, Moment moment,
                        Effects& effects) {
    set_ = std::move(set);
    options_ = options;
    versions_.clear();
    standing_ = standing_servers_ = shares_ = false;
    for (const auto& rule : set_->rules()) {
        versions_.push_back(rule.version());
        shares_ = shares_ || rule.trigger.kind == Trigger::Kind::share;
        if (!rule.standing()) continue;
        standing_ = true;
        standing_servers_ = standing_servers_ || by_servers(rule.scope) || !rule.when.providers.empty();
    }
    const auto stays = [&](const mail::Hold& hold) {
        const auto* const rule = set_->find(hold.rule);
        return rule != nullptr && rule->version() == hold.version &&
               enforced(*rule, hold.recipient) != hold.observed;
    };
    for (auto hold = holds_.begin(); hold != holds_.end();)
        hold = stays(hold->second.hold()) ? std::next(hold) : end(hold, "rule changed", moment, effects);
    boost::unordered::erase_if(observed_, [&](const auto& entry) {
        if (stays(entry.second.hold)) return false;
        effects.ended.push_back({entry.second.hold, "rule changed"});
        return true;
    });
    const auto known = [&](const std::string& key) {
        return std::find(versions_.begin(), versions_.end(), key.substr(0, key.find('\n'))) !=
               versions_.end();
    };
    boost::unordered::erase_if(active_, [&](const auto& entry) { return !known(entry.first); });
    std::erase_if(limits_, [&](const auto& entry) { return !known(entry.first); });
    rules_known_ = true;
    for (auto& hold : std::exchange(remembered_, {}))
        remember(std::move(hold), moment, effects);
}

void BackOff::remember(mail::Hold hold, Moment moment, Effects& effects) {
    if (!rules_known_) return remembered_.push_back(std::move(hold));
    const auto* const rule = set_->find(hold.rule);
    const bool goes_on = rule != nullptr && rule->version() == hold.version && !hold.observed &&
                         enforced(*rule, hold.recipient) && add(hold, *rule, moment);
    const char* const why = hold.observed ? "restarted" : "rule changed";
    if (!goes_on) effects.ended.push_back({std::move(hold), why});
}

WideHold* BackOff::at(const Target& target) {
    const auto found = by_target_.find(target);
    return found == by_target_.end() ? nullptr : &holds_.at(found->second);
}

void BackOff::touch(const WideHold& hold) {
    next_ = next_ ? std::min(*next_, hold.next()) : hold.next();
}

bool BackOff::add(mail::Hold hold, const Rule& rule, Moment moment) {
    if (holds_.size() >= max_wide_holds || holds_.contains(hold.id)) return false;
    Target target(hold.scope, hold.recipient);
    if (by_target_.contains(target)) return false;
    auto id = hold.id;
    const auto added = holds_.emplace(id, WideHold(std::move(hold), rule, options_.hold_max, moment)).first;
    by_servers_ += by_servers(target.first) ? 1 : 0;
    by_target_.emplace(std::move(target), std::move(id));
    touch(added->second);
    return true;
}

/// It does not hold any more; what waits is let go, in portions.
BackOff::Holds::iterator BackOff::end(Holds::iterator hold, const char* why, Moment moment,
                                      Effects& effects) {
    auto& wide = hold->second;
    if (wide.phase() != WideHold::Phase::lifted) {
        by_servers_ -= by_servers(wide.hold().scope) ? 1 : 0;
        by_target_.erase(Target(wide.hold().scope, wide.hold().recipient));
        effects.ended.push_back({wide.hold(), why});
        wide.lift(moment.now);
    }
    auto due = wide.advance(moment);
    std::move(due.releases.begin(), due.releases.end(), std::back_inserter(effects.releases));
    touch(wide);
    return due.over ? holds_.erase(hold) : std::next(hold);
}

BackOff::Target BackOff::target_of(const Rule& rule, const mail::Attempt& attempt,
                                   const Provider* provider) const {
    switch (rule.scope) {
        case HoldScope::mail:
            return {HoldScope::mail, attempt.recipient};
        case HoldScope::domain:
            return {HoldScope::domain, attempt.domain};
        case HoldScope::provider:
            if (provider != nullptr) return {HoldScope::provider, provider->name};
            break;  // whose servers these are is not known: the server stands for them
        case HoldScope::server:
            break;
    }
    return {HoldScope::server, attempt.server};
}

BackOff::Tracked& BackOff::track(const Rule& rule, const Target& target) {
    auto key = join(versions_[static_cast<std::size_t>(&rule - set_->rules().data())], target.second);
    if (const auto found = windows_.find(key); found != windows_.end()) {
        tracked_.splice(tracked_.begin(), tracked_, found->second);
        return *found->second;
    }
    if (windows_.size() >= max_windows) {
        windows_.erase(tracked_.back().key);
        tracked_.pop_back();
    }
    tracked_.push_front({key, {}, {}});
    windows_.emplace(std::move(key), tracked_.begin());
    return tracked_.front();
}

void BackOff::attempt(const mail::Attempt& attempt, const Provider* provider, bool complete, Moment moment,
                      Effects& effects) {
    if (attempt.stage == mail::Stage::relay || attempt.mode == mail::Mode::probe) return;
    const auto age = std::max<base::Duration>(base::Duration(0), moment.wall - attempt.time);
    const auto when = moment.now - age;
    std::vector<Target> failed;
    for (std::size_t number = 0; number < set_->rules().size(); ++number) {
        const auto& rule = set_->rules()[number];
        const bool share = rule.trigger.kind == Trigger::Kind::share;
        if (rule.standing() || (!share && attempt.status == mail::Status::sent)) continue;
        const bool matched = set_->matches(number, attempt, provider);
        if (!matched && !(share && set_->concerns(number, attempt, provider))) continue;
        auto target = target_of(rule, attempt, provider);
        if (target.second.empty()) continue;
        const bool holds = rule.action == Rule::Action::hold && target.first != HoldScope::mail;
        if (holds && at(target) != nullptr) {
            if (matched) failed.push_back(std::move(target));
            continue;
        }
        if (rule.trigger.kind == Trigger::Kind::immediate) {
            Tracked once;
            once.reply = attempt.result;
            once.window.remember_server(attempt.server);
            if (complete) fire(rule, target, once, attempt, moment, effects);
            continue;
        }
        // A session that is refused is one event, however many recipients the message has.
        if (!attempt.counted && rule.scope != HoldScope::mail) continue;
        auto& tracked = track(rule, target);
        tracked.window.add(when, moment.now, rule.trigger.window, matched);
        if (!matched) continue;
        tracked.reply = attempt.result;
        tracked.window.remember_server(attempt.server);
        if (complete && tracked.window.enough(rule.trigger, moment.now))
            fire(rule, target, tracked, attempt, moment, effects);
    }
    if (holds_.empty()) return;
    for (const auto& target :
         {Target(HoldScope::domain, attempt.domain), Target(HoldScope::server, attempt.server),
          Target(HoldScope::provider, provider != nullptr ? provider->name : std::string())}) {
        auto* const hold = at(target);
        if (hold == nullptr) continue;
        const bool failure = std::find(failed.begin(), failed.end(), target) != failed.end();
        if (hold->outcome(failure, was_taken(attempt), attempt.time, moment))
            effects.changed.push_back(hold->hold());
        touch(*hold);
    }
}

/// The rule has found what it looks for.
void BackOff::fire(const Rule& rule, const Target& target, Tracked& tracked, const mail::Attempt& attempt,
                   Moment moment, Effects& effects) {
    const auto counts = tracked.window.counts(moment.now, rule.trigger.window);
    const auto& version = versions_[static_cast<std::size_t>(&rule - set_->rules().data())];
    auto key = join(version, target.second);
    if (rule.action == Rule::Action::warn) {
        auto& until = quiet_[key];
        if (moment.now < until || quiet_.size() > max_observed) return;
        until = moment.now + rule.length;
        effects.warnings.push_back({rule.name, target.second, attempt.result, std::max(1U, counts.matched)});
        tracked.window = {};
        return;
    }
    auto length = rule.length;
    if (rule.stated && attempt.wait)
        length = std::clamp<std::chrono::milliseconds>(*attempt.wait, 1s, rule.most);
    length = std::min(length, options_.hold_max);
    const bool acts = enforced(rule, target.second);
    mail::Hold hold;
    hold.recipient = target.second;
    hold.since = moment.wall;
    hold.until = std::min(attempt.time, moment.wall) + length + log_resolution;
    if (hold.until <= moment.wall) return;
    hold.rule = rule.name;
    hold.scope = target.first;
    hold.observed = !acts;
    hold.version = version;
    hold.length = length;
    if (acts && rule.action != Rule::Action::hold) {
        active_[key] = {moment.now + (hold.until - moment.wall)};
        return;
    }
    hold.reason = reason_text(rule, counts, attempt);
    hold.evidence = evidence_json(rule, counts, tracked.window.servers(), attempt);
    hold.id = new_id_();
    if (!acts) {
        if (observed_.contains(key) || observed_.size() >= max_observed) return;
        const auto until = moment.now + (hold.until - moment.wall);
        next_ = next_ ? std::min(*next_, until) : until;
        effects.started.push_back(hold);
        observed_.emplace(std::move(key), Observed{std::move(hold), until});
    } else if (target.first == HoldScope::mail) {
        if (attempt.status != mail::Status::deferred) return;
        std::optional<base::WallTime> arrived;
        if (attempt.delay && *attempt.delay >= 0 && *attempt.delay < 1e8)
            arrived = attempt.time - std::chrono::duration_cast<base::WallTime::duration>(
                                         std::chrono::duration<double>(*attempt.delay));
        if (attempt.mta == mail::Mta::exim) hold.queue_id = attempt.queue_id;
        effects.mail.push_back({std::move(hold), attempt.queue_id, arrived});
    } else if (add(hold, rule, moment)) {
        effects.started.push_back(std::move(hold));
    }
    tracked.window = {};
}

bool BackOff::waits(std::string_view id, std::string_view recipient, std::string_view queue_id,
                    base::Instant now) {
    const auto found = holds_.find(id);
    if (found == holds_.end()) return false;
    left(queue_id, recipient, id);
    found->second.waiting().held(queue_id, recipient, now);
    touch(found->second);
    if (waiting_under_.size() >= max_messages) return true;
    auto& ids = waiting_under_[std::string(queue_id)];
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.emplace_back(id);
    return true;
}

void BackOff::left(std::string_view queue_id, std::string_view recipient, std::string_view but_for) {
    const auto found = waiting_under_.find(queue_id);
    if (found == waiting_under_.end()) return;
    for (const auto& id : found->second) {
        const auto hold = id == but_for ? holds_.end() : holds_.find(id);
        if (hold == holds_.end()) continue;
        if (recipient.empty())
            hold->second.waiting().remove(queue_id);
        else
            hold->second.waiting().remove(queue_id, recipient);
    }
    if (recipient.empty()) waiting_under_.erase(found);
}

void BackOff::advance(Moment moment, Effects& effects) {
    prune(moment.now, effects);
    next_.reset();
    for (auto hold = holds_.begin(); hold != holds_.end();) {
        auto& wide = hold->second;
        if (moment.now >= wide.next()) {
            const auto before = wide.phase();
            auto due = wide.advance(moment);
            std::move(due.releases.begin(), due.releases.end(), std::back_inserter(effects.releases));
            if (before != WideHold::Phase::lifted && (due.over || wide.phase() == WideHold::Phase::lifted)) {
                by_servers_ -= by_servers(wide.hold().scope) ? 1 : 0;
                by_target_.erase(Target(wide.hold().scope, wide.hold().recipient));
                effects.ended.push_back({wide.hold(), "over"});
            }
            if (due.over) {
                hold = holds_.erase(hold);
                continue;
            }
        }
        touch(wide);
        ++hold;
    }
    for (const auto& [key, observed] : observed_)
        next_ = next_ ? std::min(*next_, observed.end) : observed.end;
}

std::optional<base::Instant> BackOff::next() const {
    return next_;
}

void BackOff::prune(base::Instant now, Effects& effects) {
    boost::unordered::erase_if(observed_, [&](const auto& entry) {
        if (now < entry.second.end) return false;
        effects.ended.push_back({entry.second.hold, "over"});
        return true;
    });
    boost::unordered::erase_if(active_, [&](const auto& entry) { return entry.second.until <= now; });
    if (quiet_.size() >= max_observed)
        boost::unordered::erase_if(quiet_, [&](const auto& entry) { return entry.second <= now; });
    if (limits_.size() >= limits_sweep_) {
        std::erase_if(limits_, [&](const auto& entry) { return entry.second.idle(now); });
        limits_sweep_ = std::max<std::size_t>(1'000, limits_.size() * 2);
    }
    while (!promised_.empty() && promised_.front().first <= now) {
        const auto found = promises_.find(promised_.front().second);
        if (found != promises_.end() && found->second.expires <= now) promises_.erase(found);
        promised_.pop_front();
    }
}

std::vector<const WideHold*> BackOff::list(std::size_t limit) const {
    std::vector<const WideHold*> out;
    for (const auto& [id, hold] : holds_)
        if (hold.phase() != WideHold::Phase::lifted && out.size() < limit) out.push_back(&hold);
    return out;
}

std::vector<const mail::Hold*> BackOff::list_observed() const {
    std::vector<const mail::Hold*> out;
    for (const auto& [key, observed] : observed_)
        out.push_back(&observed.hold);
    std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->until < b->until; });
    return out;
}

const WideHold* BackOff::find(std::string_view id) const {
    const auto found = holds_.find(id);
    return found == holds_.end() ? nullptr : &found->second;
}

std::string_view BackOff::holding(std::string_view queue_id) const {
    const auto found = waiting_under_.find(queue_id);
    return found == waiting_under_.end() || found->second.empty() ? std::string_view() : found->second.back();
}

bool BackOff::clear(std::string_view id, Moment moment, Effects& effects) {
    const auto found = holds_.find(id);
    if (found != holds_.end()) {
        end(found, "cleared", moment, effects);
        return true;
    }
    const auto observed = std::find_if(observed_.begin(), observed_.end(),
                                       [&](const auto& entry) { return entry.second.hold.id == id; });
    if (observed == observed_.end()) return false;
    effects.ended.push_back({observed->second.hold, "cleared"});
    observed_.erase(observed);
    return true;
}

}  // namespace nexthopd::rules
