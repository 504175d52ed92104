#include "decide/decision.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nexthopd::decide {

namespace {

/// CheckServer is asked for at most so many servers of one destination; the rest is left out.
constexpr std::size_t max_candidates = mail::MxSet::max_hosts;

Candidate candidate_from(const mail::MxHost& host) {
    Candidate out;
    out.host = host.name;
    out.preference = host.preference;
    out.usable = host.valid && !host.self;
    out.default_result = out.usable && !(host.addresses_known && host.addresses.empty());
    return out;
}

}  // namespace

void Decision::begin(Hooks hooks, std::chrono::milliseconds hold_default, HeldServers* held,
                     std::string transport) {
    hooks_ = hooks;
    held_servers_ = held;
    rules_transport_ = std::move(transport);
    held_.clear();
    hold_default_ = hold_default;
    step_ = Step::check_cache;
    servers_changed_ = servers_added_ = false;
    map_ = {};
    set_.reset();
    candidates_.clear();
    survivors_.clear();
    final_.clear();
    left_out_.clear();
    if (!hooks_.any() && held_servers_ == nullptr && rules_transport_.empty()) {
        abandon(Cause::no_hooks);
    } else if (!hooks_.get_check_cache) {
        checked_cache(std::nullopt);
    }
}

void Decision::finish(Verdict verdict) {
    verdict_ = std::move(verdict);
    step_ = Step::done;
}

void Decision::abandon(Cause cause, std::string detail) {
    finish(LeaveAlone{cause, std::move(detail)});
}

void Decision::checked_cache(std::optional<bool> may_use_cache) {
    fresh_ = !may_use_cache.value_or(true);
    step_ = Step::overrides;
    if (!hooks_.get_overrides) overridden({});
}

void Decision::overridden(Overrides answer) {
    if (!answer.go_on) return finish(Fail{"GetOverrides"});
    if (answer.map) {
        map_ = *std::move(answer.map);
        for (const auto& server : map_.servers) {
            if (candidates_.size() == max_candidates) break;
            candidates_.push_back({server.host, server.preference, server.port, true, true});
        }
        if (!candidates_.empty()) {
            servers_changed_ = true;
            return begin_candidates();
        }
    }
    // A transport without servers keeps the destination's own servers.
    if (!hooks_.check_server && !hooks_.final_overrides && held_servers_ == nullptr) return conclude();
    step_ = Step::mx_set;
}

void Decision::resolved(std::shared_ptr<const mail::MxSet> resolved) {
    set_ = std::move(resolved);
    const auto& set = *set_;
    switch (set.state) {
        case mail::MxSet::State::hosts:
            break;
        case mail::MxSet::State::null_mx:
            return abandon(Cause::null_mx);
        case mail::MxSet::State::no_domain:
            return abandon(Cause::no_domain);
        case mail::MxSet::State::no_hosts:
            return abandon(Cause::no_hosts);
        case mail::MxSet::State::failed:
        case mail::MxSet::State::loop:
            return abandon(Cause::dns_failed);
    }
    if (set.best_is_self) return abandon(Cause::best_is_self);
    const auto count = std::min(set.hosts.size(), max_candidates);
    candidates_.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        // What is no host name never reaches a script; an address as a name is one that it may judge.
        if (set.hosts[i].valid || mail::host_name(set.hosts[i].name))
            candidates_.push_back(candidate_from(set.hosts[i]));
    if (candidates_.empty()) return abandon(Cause::no_usable_server);
    begin_candidates();
}

void Decision::hold_candidates() {
    if (held_servers_ == nullptr) return;
    for (auto& candidate : candidates_) {
        if (!candidate.default_result) continue;
        auto held = held_servers_->held(candidate.host);
        if (!held) continue;
        candidate.held = true;
        candidate.default_result = false;
        held_.push_back(*std::move(held));
    }
}

void Decision::leave_out(const Candidate& candidate, std::optional<double> minutes) {
    servers_changed_ = true;
    LeftOut out{std::string(candidate.host), 0, {}, {}};
    if (candidate.held)
        for (const auto& held : held_)
            if (held.server == candidate.host) out = held;
    out.minutes = minutes.value_or(out.minutes);
    left_out_.push_back(std::move(out));
}

void Decision::begin_candidates() {
    at_ = 0;
    hold_candidates();
    survivors_.reserve(candidates_.size());
    if (hooks_.check_server && !candidates_.empty()) {
        step_ = Step::check_server;
        return;
    }
    for (const auto& candidate : candidates_) {
        if (candidate.default_result) survivors_.push_back(candidate);
        if (candidate.held) leave_out(candidate, std::nullopt);
    }
    after_candidates();
}

void Decision::checked_server(ServerAnswer answer) {
    const auto& candidate = candidates_[at_];
    const bool use = answer.use.value_or(candidate.default_result) && candidate.usable;
    if (use) {
        survivors_.push_back(candidate);
        if (!candidate.default_result && !candidate.held) servers_changed_ = servers_added_ = true;
    } else if (candidate.default_result || candidate.held) {
        leave_out(candidate, answer.minutes);
    }
    if (++at_ == candidates_.size()) after_candidates();
}

void Decision::after_candidates() {
    if (survivors_.empty()) {
        // Servers that the MTA would not use either are its own affair.
        if (left_out_.empty()) return abandon(Cause::no_usable_server);
        double minutes = 0;
        const LeftOut* shortest = nullptr;
        for (const auto& server : left_out_) {
            if (server.minutes <= 0 || (minutes != 0 && server.minutes >= minutes)) continue;
            minutes = server.minutes;
            shortest = &server;
        }
        auto length = hold_default_;
        // A year is more than any queue lifetime; the cap keeps the conversion defined.
        if (minutes > 0)
            length = std::chrono::milliseconds(std::llround(std::min(minutes, 525'600.0) * 60'000.0));
        HoldFor hold{length, {}};
        if (shortest != nullptr) {
            hold.rule = shortest->rule;
            hold.version = shortest->version;
        }
        hold.left_out = std::move(left_out_);
        return finish(std::move(hold));
    }
    if (hooks_.final_overrides) {
        step_ = Step::final_overrides;
        return;
    }
    conclude();
}

void Decision::finalised(Overrides answer) {
    if (!answer.go_on) return finish(Fail{"FinalOverrides"});
    if (answer.map) {
        if (!answer.map->transport.empty()) map_.transport = std::move(answer.map->transport);
        final_ = std::move(answer.map->servers);
    }
    conclude();
}

void Decision::conclude() {
    if (map_.transport.empty()) map_.transport = rules_transport_;
    if (!servers_changed_ && final_.empty() && map_.transport.empty())
        return abandon(Cause::nothing_to_change);
    Route route;
    route.map.transport = map_.transport;
    // With only a transport named the domain stays the nexthop, so that TLS policies and the
    // destination's queue keep their meaning.
    if (final_.empty() && route.map.transport.empty() && set_ && !servers_added_)
        for (const auto& server : left_out_)
            route.left_out.push_back(server.server);
    if (!final_.empty()) {
        route.map.servers = std::move(final_);
    } else if (servers_changed_) {
        for (const auto& server : survivors_)
            route.map.servers.push_back({std::string(server.host), server.preference, server.port});
    }
    if (route.map.servers.size() > max_candidates) route.map.servers.resize(max_candidates);
    finish(std::move(route));
}

}  // namespace nexthopd::decide
