#include "rules/wide_hold.hpp"

#include <algorithm>

namespace nexthopd::rules {

namespace {

using namespace std::chrono_literals;

/// Logs have whole seconds.
constexpr std::chrono::seconds log_resolution{1};
/// What is asked meanwhile is asked again soon: the probe may have ended by then.
constexpr std::chrono::seconds while_probing{30};

base::WallTime wall_of(base::Instant when, Moment moment) {
    return moment.wall + std::chrono::duration_cast<base::WallTime::duration>(when - moment.now);
}

}  // namespace

WideHold::WideHold(mail::Hold hold, const Rule& rule, std::chrono::milliseconds hold_max, Moment moment)
    : hold_(std::move(hold)), most_(rule.most), ramp_(rule.ramp), hold_max_(hold_max) {
    hold_.length = std::clamp<std::chrono::milliseconds>(hold_.length, 1s, std::max(1000ms, hold_max));
    // A row of the ledger may have any end.
    const auto left = std::clamp<base::Duration>(hold_.until - moment.wall, 0s, hold_max_);
    due_ = moment.now + left;
    hold_.until = wall_of(due_, moment);
}

void WideHold::close(Moment moment) {
    phase_ = Phase::closed;
    pace_ = 0;
    permits_.clear();
    due_ = moment.now + hold_.length;
    hold_.until = wall_of(due_, moment);
}

void WideHold::begin_probe(Moment moment) {
    phase_ = Phase::probing;
    due_ = moment.now + patience;
    probe_since_ = moment.wall;
}

bool WideHold::admits(std::string_view recipient, Moment moment, bool commit) {
    if (const auto found = permits_.find(recipient); found != permits_.end()) {
        const bool valid = moment.now < found->second;
        if (commit || !valid) permits_.erase(found);
        if (valid) return true;
    }
    if (phase_ == Phase::lifted) return true;
    if (phase_ == Phase::probing || moment.now < due_ || !waiting_.empty()) return false;
    if (!commit) return true;
    if (phase_ == Phase::closed)
        begin_probe(moment);
    else
        due_ = moment.now + slot();
    return true;
}

base::Instant WideHold::end(base::Instant now) const {
    switch (phase_) {
        case Phase::closed:
            return std::max(due_, now + 1s);
        case Phase::probing:
            return now + while_probing;
        case Phase::ramping:
        case Phase::lifted:
            break;
    }
    const auto place = static_cast<std::int64_t>(waiting_.size()) + 1;
    return std::max(now + 1s, std::min(std::max(due_, now) + slot() * place, now + hold_max_));
}

bool WideHold::outcome(bool failed, bool taken, base::WallTime time, Moment moment) {
    // What had begun before the probe says nothing of it.
    if (phase_ == Phase::closed || phase_ == Phase::lifted || time + log_resolution < probe_since_)
        return false;
    if (phase_ == Phase::probing) {
        if (failed || !taken) {
            hold_.length = std::min({hold_.length * 2, std::max(most_, hold_.length),
                                     std::chrono::duration_cast<std::chrono::milliseconds>(hold_max_)});
            close(moment);
            return true;
        }
        phase_ = Phase::ramping;
        pace_ = ramp_.count;
        due_ = moment.now;
        step_ = moment.now + ramp_.period;
        succeeded_ = failed_ = false;
        return true;
    }
    if (!failed) {
        succeeded_ = succeeded_ || taken;
        return false;
    }
    // Many may fail of what was under way: they are one failure.
    if (std::exchange(failed_, true)) return false;
    pace_ /= 2;
    if (pace_ >= std::max<std::uint32_t>(1, ramp_.count / 2)) return false;
    hold_.length = std::min(hold_.length * 2, std::max(most_, hold_.length));
    close(moment);
    return true;
}

void WideHold::let_go(Due& due, base::Instant now) {
    if (auto message = waiting_.take_oldest()) {
        permits_[message->recipient] = now + permit;
        due.releases.push_back(*std::move(message));
    }
}

void WideHold::ramp(Due& due, Moment moment) {
    while (moment.now >= step_) {
        if (!failed_ && (succeeded_ || waiting_.empty())) pace_ += ramp_.count;
        succeeded_ = failed_ = false;
        step_ += ramp_.period;
        if (step_ + ramp_.period < moment.now) step_ = moment.now;  // nobody looked for long
        const auto times = pace_ / ramp_.count;
        if (times >= enough) return lift(moment.now);
        due.over = times >= enough_when_empty && waiting_.empty();
    }
    while (due_ <= moment.now && !waiting_.empty() && due.releases.size() < at_once) {
        let_go(due, moment.now);
        // What was not used of the past is not made up for, but for one message.
        due_ = std::max(due_, moment.now - slot()) + slot();
    }
}

void WideHold::lift(base::Instant now) {
    phase_ = Phase::lifted;
    due_ = now;
}

WideHold::Due WideHold::advance(Moment moment) {
    Due due;
    switch (phase_) {
        case Phase::closed:
            if (moment.now < due_) break;
            if (waiting_.empty()) {
                due.over = moment.now >= due_ + forgotten;
                break;
            }
            begin_probe(moment);
            let_go(due, moment.now);
            break;
        case Phase::probing:
            if (moment.now < due_) break;
            phase_ = Phase::closed;
            due_ = moment.now;
            if (!waiting_.empty()) {
                begin_probe(moment);
                let_go(due, moment.now);
            }
            break;
        case Phase::ramping:
            ramp(due, moment);
            break;
        case Phase::lifted:
            while (!waiting_.empty() && due.releases.size() < at_once)
                let_go(due, moment.now);
            due.over = waiting_.empty();
    }
    while (due.releases.size() < at_once) {
        auto message = waiting_.overdue(moment.now - hold_max_, moment.now);
        if (!message) break;
        due.releases.push_back(*std::move(message));
    }
    if (permits_.size() > Waiting::max_messages)
        boost::unordered::erase_if(permits_, [&](const auto& entry) { return entry.second <= moment.now; });
    return due;
}

base::Instant WideHold::next() const {
    auto at = due_;
    if (phase_ == Phase::closed && waiting_.empty()) at += forgotten;
    if (phase_ == Phase::ramping) at = waiting_.empty() ? step_ : std::min(due_, step_);
    if (const auto unasked = waiting_.longest_unasked()) at = std::min(at, *unasked + hold_max_);
    return at;
}

}  // namespace nexthopd::rules
