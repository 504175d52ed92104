#include "state/counters.hpp"

#include <algorithm>

namespace nexthopd::state {

namespace {

constexpr int no_class = -1;

int index_of(char result_class) {
    switch (result_class) {
        case '2':
            return 0;
        case '4':
            return 1;
        case '5':
            return 2;
        default:
            return no_class;
    }
}

std::int64_t minute_of(std::int64_t seconds) { return seconds / 60; }

/// Minutes from `earlier` to `later`, both known modulo 65 536; negative when they are the other way round.
int minutes_between(std::uint16_t earlier, std::uint16_t later) {
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(later - earlier));
}

/// Age in minutes of a cell. One that is in the future, because the clock was set back, counts as new.
int age(std::uint16_t cell_minute, std::int64_t now_minute) {
    return std::max(0, minutes_between(cell_minute, static_cast<std::uint16_t>(now_minute)));
}

constexpr int window_minutes = Counters::window_seconds / 60;

}  // namespace

void Counters::add(std::string_view server, char result_class, base::WallTime time, base::WallTime now,
                   std::uint32_t count) {
    const int index = index_of(result_class);
    if (index == no_class || count == 0) return;
    const auto now_seconds = base::unix_seconds(now);
    const auto seconds = std::min(base::unix_seconds(time), now_seconds);
    // By the minute, as count() asks: what is loaded at a start has the times of whole minutes.
    if (minute_of(now_seconds) - minute_of(seconds) > window_minutes) return;

    auto found = index_.find(server);
    if (found == index_.end()) {
        if (entries_.size() >= max_servers) {
            ++refused_;
            return;
        }
        found = index_.emplace(std::string(server), static_cast<std::uint32_t>(entries_.size())).first;
        entries_.push_back({std::string(server), {}});
    }
    auto& chain = entries_[found->second].chains[static_cast<std::size_t>(index)];
    const auto now_minute = minute_of(now_seconds);
    while (!chain.empty() && age(chain.front().minute, now_minute) > window_minutes)
        chain.erase(chain.begin());
    const auto minute = static_cast<std::uint16_t>(minute_of(seconds));
    // Lines arrive nearly in order: the place is at or near the end.
    auto place = chain.end();
    while (place != chain.begin() && minutes_between(minute, std::prev(place)->minute) > 0)
        --place;
    while (count > 0) {
        if (place != chain.begin() && std::prev(place)->minute == minute && std::prev(place)->count < UINT16_MAX) {
            auto& cell = *std::prev(place);
            const auto room = static_cast<std::uint32_t>(UINT16_MAX - cell.count);
            const auto step = std::min(room, count);
            cell.count = static_cast<std::uint16_t>(cell.count + step);
            count -= step;
        } else {
            place = std::next(chain.insert(place, Cell{minute, 0}));
        }
    }
}

std::uint64_t Counters::count(std::string_view server, char result_class, std::int64_t seconds,
                              base::WallTime now) const {
    const int index = index_of(result_class);
    if (index == no_class || seconds <= 0) return 0;
    const auto found = index_.find(server);
    if (found == index_.end()) return 0;
    const auto now_seconds = base::unix_seconds(now);
    const auto now_minute = minute_of(now_seconds);
    const auto oldest = minute_of(now_seconds - std::min(seconds, window_seconds));
    const auto& chain = entries_[found->second].chains[static_cast<std::size_t>(index)];
    std::uint64_t sum = 0;
    for (auto cell = chain.rbegin(); cell != chain.rend(); ++cell) {
        if (age(cell->minute, now_minute) > now_minute - oldest) break;
        sum += cell->count;
    }
    return sum;
}

void Counters::prune(base::WallTime now, std::size_t names) {
    const auto now_minute = minute_of(base::unix_seconds(now));
    for (; names > 0 && !entries_.empty(); --names) {
        if (cursor_ >= entries_.size()) cursor_ = 0;
        bool empty = true;
        for (auto& chain : entries_[cursor_].chains) {
            const auto first =
                std::find_if(chain.begin(), chain.end(),
                             [&](const Cell& cell) { return age(cell.minute, now_minute) <= window_minutes; });
            chain.erase(chain.begin(), first);
            empty = empty && chain.empty();
        }
        if (!empty) {
            ++cursor_;
            continue;
        }
        index_.erase(entries_[cursor_].server);
        if (cursor_ + 1 != entries_.size()) {
            entries_[cursor_] = std::move(entries_.back());
            index_.find(entries_[cursor_].server)->second = static_cast<std::uint32_t>(cursor_);
        }
        entries_.pop_back();
    }
}

}  // namespace nexthopd::state
