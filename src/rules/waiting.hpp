// The messages that wait under a hold, oldest first, and when each was last asked about.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace nexthopd::rules {

struct HeldMessage {
    std::string queue_id;
    std::string recipient;
};

class Waiting {
  public:
    static constexpr std::size_t max_messages = 100'000;  // of one hold; others follow the MTA's own schedule

    /// The MTA asked, and the message was held. Its place in the order stays the one that it had.
    void held(std::string_view queue_id, std::string_view recipient, base::Instant now) {
        Key key(queue_id, recipient);
        if (const auto known = places_.find(key); known != places_.end()) {
            auto& item = items_.at(known->second);
            by_asked_.erase({item.asked, known->second});
            item.asked = now;
            by_asked_.emplace(now, known->second);
            return;
        }
        if (items_.size() >= max_messages) return;
        const auto number = next_++;
        items_.emplace(number, Item{{std::string(queue_id), std::string(recipient)}, now});
        by_asked_.emplace(now, number);
        places_.emplace(std::move(key), number);
    }

    void remove(std::string_view queue_id, std::string_view recipient) {
        if (const auto found = places_.find(Key(queue_id, recipient)); found != places_.end())
            take(found->second);
    }
    /// All recipients of the message.
    void remove(std::string_view queue_id) {
        const Key first(queue_id, std::string());
        for (auto at = places_.lower_bound(first); at != places_.end() && at->first.first == queue_id;)
            take((at++)->second);
    }

    std::optional<HeldMessage> take_oldest() {
        if (items_.empty()) return std::nullopt;
        return take(items_.begin()->first);
    }
    /// One that was last asked about before that time; it keeps its place, and counts as asked about now.
    std::optional<HeldMessage> overdue(base::Instant before, base::Instant now) {
        if (by_asked_.empty() || by_asked_.begin()->first > before) return std::nullopt;
        const auto number = by_asked_.begin()->second;
        auto& item = items_.at(number);
        by_asked_.erase(by_asked_.begin());
        item.asked = now;
        by_asked_.emplace(now, number);
        return item.message;
    }
    std::optional<base::Instant> longest_unasked() const {
        if (by_asked_.empty()) return std::nullopt;
        return by_asked_.begin()->first;
    }

    std::size_t size() const { return items_.size(); }
    bool empty() const { return items_.empty(); }

    /// The first of them.
    std::vector<HeldMessage> list(std::size_t limit) const {
        std::vector<HeldMessage> out;
        for (auto at = items_.begin(); at != items_.end() && out.size() < limit; ++at)
            out.push_back(at->second.message);
        return out;
    }

  private:
    using Key = std::pair<std::string, std::string>;  // queue id, recipient
    struct Item {
        HeldMessage message;
        base::Instant asked{};
    };

    HeldMessage take(std::uint64_t number) {
        const auto found = items_.find(number);
        auto message = std::move(found->second.message);
        by_asked_.erase({found->second.asked, number});
        places_.erase(Key(message.queue_id, message.recipient));
        items_.erase(found);
        return message;
    }

    std::uint64_t next_ = 0;
    std::map<std::uint64_t, Item> items_;
    std::map<Key, std::uint64_t> places_;
    std::set<std::pair<base::Instant, std::uint64_t>> by_asked_;
};

}  // namespace nexthopd::rules
