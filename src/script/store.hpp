// What scripts keep from call to call: nexthop.shared and nexthop.throttle. In memory, bounded; it outlives a
// reload of the script, and ends with the process.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/clock.hpp"
#include "base/string_hash.hpp"

namespace nexthopd::script {

using SharedValue = std::variant<bool, std::int64_t, double, std::string>;

/// A map whose entries expire. When full, the entry that was made first gives way.
template <class Value>
class BoundedMap {
  public:
    static constexpr std::size_t max_entries = 10'000;

    /// nullptr: none, or expired.
    Value* find(std::string_view key, base::Instant now) {
        const auto found = index_.find(key);
        if (found == index_.end()) return nullptr;
        if (found->second->expires > now) return &found->second->value;
        remove(found);
        return nullptr;
    }
    Value& set(std::string_view key, Value value, base::Instant expires) {
        const auto found = index_.find(key);
        if (found != index_.end()) {
            found->second->expires = expires;
            return found->second->value = std::move(value);
        }
        if (index_.size() == max_entries) remove(index_.find(entries_.front().key));
        entries_.push_back({std::string(key), std::move(value), expires});
        const auto last = std::prev(entries_.end());
        index_.emplace(last->key, last);
        return last->value;
    }
    void erase(std::string_view key) {
        if (const auto found = index_.find(key); found != index_.end()) remove(found);
    }
    std::size_t size() const { return index_.size(); }

  private:
    struct Entry {
        std::string key;
        Value value;
        base::Instant expires;
    };
    using Entries = std::list<Entry>;
    // Of the keys in entries_; they may be names that strangers chose.
    using Index =
        std::unordered_map<std::string_view, typename Entries::iterator, base::StringHash, std::equal_to<>>;

    void remove(typename Index::iterator at) {
        const auto entry = at->second;
        index_.erase(at);
        entries_.erase(entry);
    }

    Entries entries_;
    Index index_;
};

/// So many events in so long, of them at most `burst` at once: "100/10m,max_burst=5".
struct Rate {
    base::Duration interval{};  // between two events at a steady pace
    std::int64_t burst = 1;     // at once, after a pause
};
/// nullopt: not of that form.
std::optional<Rate> parse_rate(std::string_view text);
/// "90", "15m", "1.5h", "2d", "250ms": a length of time greater than none; without a unit, seconds.
std::optional<base::Duration> parse_length(std::string_view text);

struct Throttled {
    bool throttled = false;
    base::Duration retry_after{};  // until the next event is let through; when throttled
    std::int64_t remaining = 0;    // events that would be let through at once
};

struct Store {
    static constexpr std::size_t max_key = 250;
    static constexpr std::size_t max_text = 1'000;

    BoundedMap<SharedValue> shared;
    BoundedMap<base::Instant>
        arrivals;  // of throttle(): when the events so far would have come at a steady pace

    /// One event of `name`, by the generic cell rate algorithm. `count`: else it is only looked.
    Throttled throttle(std::string_view name, const Rate& rate, base::Instant now, bool count);
};

}  // namespace nexthopd::script
