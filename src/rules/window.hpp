// How many attempts there were within a time, and how many of them were what a rule looks for.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "rules/rule.hpp"

namespace nexthopd::rules {

/// Counts in slots of a fifteenth of the window: a count lies between the exact one over the window and one
/// over a slot more.
class Window {
  public:
    static constexpr std::int64_t slots = 16;
    static constexpr std::size_t max_servers = 8;  // remembered as evidence

    struct Counts {
        std::uint32_t total = 0;
        std::uint32_t matched = 0;
    };

    /// An attempt at `when`, which is not after `now`.
    void add(base::Instant when, base::Instant now, std::chrono::seconds window, bool matched) {
        const auto number = slot(when, window);
        if (number + slots <= slot(now, window)) return;
        auto& place = slots_[static_cast<std::size_t>(number % slots)];
        if (place.number > number) return;
        if (place.number != number) place = {number, {}};
        ++place.counts.total;
        if (matched) ++place.counts.matched;
    }

    Counts counts(base::Instant now, std::chrono::seconds window) const {
        const auto newest = slot(now, window);
        Counts out;
        for (const auto& place : slots_) {
            if (place.number + slots <= newest) continue;
            out.total += place.counts.total;
            out.matched += place.counts.matched;
        }
        return out;
    }

    bool enough(const Trigger& trigger, base::Instant now) const {
        if (trigger.kind == Trigger::Kind::immediate) return true;
        const auto found = counts(now, trigger.window);
        if (trigger.kind == Trigger::Kind::count) return found.matched >= trigger.count;
        return found.total >= trigger.count && found.matched >= trigger.share * found.total;
    }

    void remember_server(std::string_view server) {
        if (servers_.size() < max_servers &&
            std::find(servers_.begin(), servers_.end(), server) == servers_.end())
            servers_.emplace_back(server);
    }
    const std::vector<std::string>& servers() const { return servers_; }

  private:
    struct Slot {
        std::int64_t number = -slots;
        Counts counts;
    };

    static std::int64_t slot(base::Instant when, std::chrono::seconds window) {
        return when.time_since_epoch() /
               std::max<base::Duration>(base::Duration(window) / (slots - 1), base::Duration(1));
    }

    std::array<Slot, slots> slots_;
    std::vector<std::string> servers_;
};

}  // namespace nexthopd::rules
