// A map by name whose entries expire, bounded in number and in bytes. Finding allocates nothing.
//
// When it is full, the entry stored longest ago goes, unless it was asked for since: then it gets a second
// chance (the clock algorithm). At most `chances` entries are looked at per store, so a store is O(1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "base/string_hash.hpp"

namespace nexthopd::dns {

template <class Value>
class Expiring {
  public:
    struct Entry {
        std::string name;
        std::shared_ptr<const Value> value;
        base::Instant stored{};
        base::Instant expires{};
        std::size_t bytes = 0;
        bool used = false;  // found since it was stored, or since it got its second chance
        // For the owner of the map, who sets them after store().
        bool due = false;              // its renewal is under way
        std::uint32_t generation = 0;  // of what it was computed from
    };

    Expiring(std::size_t max_entries, std::size_t max_bytes)
        : max_entries_(max_entries), max_bytes_(max_bytes) {
        index_.reserve(max_entries);  // growing later would stop the caller for milliseconds
    }

    /// The entry, also an expired one; nullptr when there is none. Valid until the next store().
    Entry* peek(std::string_view name) {
        const auto at = index_.find(name);
        return at == index_.end() ? nullptr : &*at->second;
    }

    /// The entry when it is fresh, else nullptr.
    Entry* find(std::string_view name, base::Instant now) {
        Entry* entry = peek(name);
        if (entry == nullptr || entry->expires <= now) return nullptr;
        entry->used = true;
        return entry;
    }

    /// Adds or replaces. `bytes`: what the value occupies, the name not included. The entry is valid until
    /// the next store().
    Entry& store(std::string_view name, std::shared_ptr<const Value> value, base::Duration lifetime,
                 std::size_t bytes, base::Instant now) {
        if (const auto at = index_.find(name); at != index_.end()) erase(at->second);
        bytes += node_bytes + 2 * name.size();
        while (!entries_.empty() && (entries_.size() >= max_entries_ || bytes_ + bytes > max_bytes_))
            evict(now);
        auto& entry = entries_.emplace_back();
        entry.name = name;
        entry.value = std::move(value);
        entry.stored = now;
        entry.expires = now + lifetime;
        entry.bytes = bytes;
        index_.emplace(entry.name, std::prev(entries_.end()));
        bytes_ += bytes;
        return entry;
    }

    std::size_t size() const { return entries_.size(); }
    std::size_t bytes() const { return bytes_; }

  private:
    using Entries = std::list<Entry>;
    static constexpr int chances = 8;
    /// Two nodes, a bucket and a control block, about.
    static constexpr std::size_t node_bytes = sizeof(Entry) + 128;

    void erase(typename Entries::iterator entry) {
        bytes_ -= entry->bytes;
        index_.erase(entry->name);
        entries_.erase(entry);
    }

    void evict(base::Instant now) {
        for (int chance = 0; chance < chances; ++chance) {
            Entry& oldest = entries_.front();
            if (!oldest.used || oldest.expires <= now) break;
            oldest.used = false;
            entries_.splice(entries_.end(), entries_, entries_.begin());
        }
        erase(entries_.begin());
    }

    std::size_t max_entries_;
    std::size_t max_bytes_;
    std::size_t bytes_ = 0;
    Entries entries_;  // in the order in which they were stored, second chances at the end
    std::unordered_map<std::string_view, typename Entries::iterator, base::StringHash, std::equal_to<>>
        index_;
};

}  // namespace nexthopd::dns
