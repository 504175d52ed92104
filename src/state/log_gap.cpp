#include "state/log_gap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nexthopd::state {

namespace {

std::int64_t minute_of(base::WallTime time) {
    return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

}  // namespace

void LogGap::lost(base::WallTime when, std::string why) {
    const bool goes_on = told_ && when <= told_last_ + lasts;
    told_ = Gap{goes_on ? std::min(told_->since, when) : when, std::move(why)};
    told_last_ = std::max(told_last_, when);
}

void LogGap::active(std::string_view queue_id, base::WallTime when) {
    forget(queue_id);
    if (places_.size() >= max_messages) return;
    fresh_.push_back({std::string(queue_id), when});
    places_.try_emplace(fresh_.back().queue_id, Place{std::prev(fresh_.end()), false});
}

void LogGap::outcome(std::string_view queue_id, base::WallTime when) {
    forget(queue_id);
    const auto number = minute_of(when);
    auto& minute = minutes_[static_cast<std::size_t>(std::max<std::int64_t>(number, 0)) % minutes_counted];
    if (minute.number > number) return;
    if (minute.number < number) minute = {number, 0};
    ++minute.outcomes;
}

void LogGap::gone(std::string_view queue_id) {
    forget(queue_id);
}

void LogGap::forget(std::string_view queue_id) {
    const auto place = places_.find(queue_id);
    if (place == places_.end()) return;
    (place->second.overdue ? overdue_ : fresh_).erase(place->second.message);
    places_.erase(place);
}

std::uint64_t LogGap::outcomes(base::WallTime now) const {
    std::uint64_t sum = 0;
    for (const auto& minute : minutes_)
        if (minute.number >= minute_of(now - patience)) sum += minute.outcomes;
    return sum;
}

void LogGap::advance(base::WallTime now) {
    while (!fresh_.empty() && fresh_.front().active <= now - patience) {
        places_.find(fresh_.front().queue_id)->second.overdue = true;
        overdue_.splice(overdue_.end(), fresh_, fresh_.begin());
    }
    while (!overdue_.empty() && overdue_.front().active <= now - forgotten)
        forget(std::string(overdue_.front().queue_id));
    if (told_ && told_last_ <= now - lasts) told_.reset();

    // A server that takes its time, or many messages for a slow one, keep a few messages waiting on any
    // host. A tenth of all is more than that.
    constexpr std::uint64_t usual_share = 10;
    const auto waiting = overdue_.size();
    const bool silent = waiting > 0 && waiting * (usual_share - 1) >= outcomes(now);
    if (!silent)
        silent_since_.reset();
    else if (!silent_since_)
        silent_since_ = overdue_.front().active;

    if (told_)
        current_ = told_;
    else if (silent)
        current_ =
            Gap{*silent_since_,
                fmt::format(
                    "{} message(s) became active more than {} minutes ago, and the log told of no outcome",
                    waiting, patience.count())};
    else
        current_.reset();
}

}  // namespace nexthopd::state
