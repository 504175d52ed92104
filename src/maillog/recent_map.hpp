// A map with a fixed number of entries: when it is full, the entry that was used least recently goes.
// For state that is kept about strangers' mail, where an end may never be seen.
#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>

namespace nexthopd::maillog {

template <class Key, class Value, class Hash = std::hash<Key>>
class RecentMap {
  public:
    explicit RecentMap(std::size_t capacity) : capacity_(capacity) {}
    RecentMap(const RecentMap&) = delete;
    RecentMap& operator=(const RecentMap&) = delete;

    std::size_t size() const { return entries_.size(); }

    /// nullptr: not there. Counts as a use.
    template <class K>
    Value* find(const K& key) {
        const auto found = entries_.find(key);
        if (found == entries_.end()) return nullptr;
        unlink(found->second);
        link_newest(found->second);
        return &found->second.value;
    }

    /// The same without counting as a use.
    template <class K>
    const Value* peek(const K& key) const {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second.value;
    }

    /// The value at `key`, a new one when there was none. `forget(Value&)` is called for the entry that
    /// has to go for it.
    template <class K, class Forget>
    Value& at(const K& key, Forget forget) {
        if (auto* value = find(key)) return *value;
        if (entries_.size() >= capacity_) drop_oldest(forget);
        const auto inserted = entries_.try_emplace(Key(key)).first;
        inserted->second.key = &inserted->first;
        link_newest(inserted->second);
        return inserted->second.value;
    }

    /// The entry that was used least recently goes; there must be one.
    template <class Forget>
    void drop_oldest(Forget forget) {
        auto& entry = *oldest_;
        forget(entry.value);
        unlink(entry);
        entries_.erase(entries_.find(*entry.key));
    }

    template <class K>
    void erase(const K& key) {
        const auto found = entries_.find(key);
        if (found == entries_.end()) return;
        unlink(found->second);
        entries_.erase(found);
    }

    /// From the most to the least recently used, until `visit(const Value&)` returns false.
    template <class Visit>
    void visit(Visit visit) const {
        for (const Entry* entry = newest_; entry != nullptr; entry = entry->older)
            if (!visit(entry->value)) return;
    }

  private:
    struct Entry {
        Value value{};
        const Key* key = nullptr;  // entries of an unordered_map do not move
        Entry* newer = nullptr;
        Entry* older = nullptr;
    };

    void link_newest(Entry& entry) {
        entry.newer = nullptr;
        entry.older = newest_;
        if (newest_ != nullptr) newest_->newer = &entry;
        newest_ = &entry;
        if (oldest_ == nullptr) oldest_ = &entry;
    }
    void unlink(Entry& entry) {
        (entry.newer != nullptr ? entry.newer->older : newest_) = entry.older;
        (entry.older != nullptr ? entry.older->newer : oldest_) = entry.newer;
    }

    std::size_t capacity_;
    std::unordered_map<Key, Entry, Hash, std::equal_to<>> entries_;
    Entry* newest_ = nullptr;
    Entry* oldest_ = nullptr;
};

}  // namespace nexthopd::maillog
