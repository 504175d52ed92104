#include "release/release_queue.hpp"

#include <algorithm>

namespace nexthopd::release {

namespace {

constexpr double burst_seconds = 0.1;  // releases come in small groups, not a second's worth at once

}  // namespace

void ReleaseQueue::add(std::string queue_id, std::string recipient, base::Instant earliest) {
    if (items_.size() >= max_releases) return;
    Key key(std::move(recipient), std::move(queue_id));
    const auto [place, added] = items_.try_emplace(key, Item{earliest, 0});
    if (!added) {
        if (place->second.when <= earliest) return;
        by_time_.erase({place->second.when, key});
        place->second.when = earliest;
    }
    by_time_.emplace(earliest, std::move(key));
}

void ReleaseQueue::seen(std::string_view recipient, std::string_view queue_id) {
    auto at = items_.lower_bound(Key(std::string(recipient), std::string()));
    while (at != items_.end() && at->first.first == recipient) {
        // A release that has not been given out yet is still wanted.
        if (at->second.tries == 0 || (!queue_id.empty() && at->first.second != queue_id)) {
            ++at;
            continue;
        }
        by_time_.erase({at->second.when, at->first});
        at = items_.erase(at);
    }
}

std::vector<Due> ReleaseQueue::take(base::Instant now, std::size_t limit) {
    const std::chrono::duration<double> since = now - filled_;
    allowance_ = std::min(std::max(1.0, per_second_ * burst_seconds), allowance_ + since.count() * per_second_);
    filled_ = now;
    std::vector<Due> out;
    while (out.size() < limit && allowance_ >= 1 && !by_time_.empty() && by_time_.begin()->first <= now) {
        const auto first = by_time_.begin();
        const Key key = first->second;
        by_time_.erase(first);
        const auto item = items_.find(key);
        if (item->second.tries < repeats.size()) {
            item->second.when = now + repeats[item->second.tries++];
            by_time_.emplace(item->second.when, key);
        } else {
            items_.erase(item);
        }
        out.push_back({key.second, key.first});
        allowance_ -= 1;
    }
    return out;
}

std::optional<base::Instant> ReleaseQueue::next() const {
    if (by_time_.empty()) return std::nullopt;
    const auto due = by_time_.begin()->first;
    if (allowance_ >= 1) return due;
    const auto refill = std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>((1 - allowance_) / per_second_));
    return std::max(due, filled_ + refill);
}

}  // namespace nexthopd::release
