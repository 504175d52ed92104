#include "dns/cache.hpp"

#include <algorithm>
#include <utility>

namespace nexthopd::dns {

namespace {

/// Renewals noted between two take_due(). More are noted when they are asked for next.
constexpr std::size_t max_due = 1000;

std::size_t size_of(const mail::MxSet& set) {
    std::size_t bytes = sizeof(set) + set.owner.size();
    for (const auto& host : set.hosts)
        bytes += sizeof(host) + host.name.size() + host.addresses.size() * sizeof(mail::IpAddress);
    return bytes;
}

}  // namespace

std::chrono::seconds mx_lifetime(const mail::MxSet& set, std::chrono::seconds ttl,
                                 std::chrono::seconds before) {
    switch (set.state) {
        case mail::MxSet::State::hosts:
            return std::clamp(ttl, hosts_floor, hosts_ceiling);
        case mail::MxSet::State::null_mx:
        case mail::MxSet::State::no_domain:
        case mail::MxSet::State::no_hosts:
        case mail::MxSet::State::loop:
            return std::clamp(ttl, negative_floor, negative_ceiling);
        case mail::MxSet::State::failed:
            break;
    }
    return std::clamp(2 * before, failure_floor, failure_ceiling);
}

std::chrono::seconds address_lifetime(const Addresses& addresses) {
    switch (addresses.state) {
        case Addresses::State::found:
            return std::clamp(addresses.ttl, hosts_floor, hosts_ceiling);
        case Addresses::State::none:
            return std::clamp(addresses.ttl, negative_floor, negative_ceiling);
        case Addresses::State::failed:
            break;
    }
    return failure_ceiling;
}

MxCache::MxCache(std::size_t max_names, std::size_t max_bytes) : entries_(max_names, max_bytes) {
    due_.reserve(max_due);
}

std::shared_ptr<const mail::MxSet> MxCache::find(std::string_view domain, base::Instant now) {
    auto* entry = entries_.find(domain, now);
    if (entry == nullptr || entry->generation != generation_) return nullptr;
    const bool ending = now >= entry->expires - (entry->expires - entry->stored) / 10;
    if (ending && !entry->due && due_.size() < max_due && entry->value->state != mail::MxSet::State::failed) {
        due_.push_back(entry->value);
        entry->due = true;
    }
    return entry->value;
}

void MxCache::store(std::shared_ptr<const mail::MxSet> set, std::chrono::seconds ttl, base::Instant now) {
    using State = mail::MxSet::State;
    std::chrono::seconds before{0};
    if (const auto* old = entries_.peek(set->domain)) {
        const bool old_failed = old->value->state == State::failed;
        const bool old_fresh = old->expires > now && old->generation == generation_;
        if (set->state == State::failed && old_fresh && !old_failed) return;
        if (old_failed) before = std::chrono::duration_cast<std::chrono::seconds>(old->expires - old->stored);
    }
    const auto lifetime = mx_lifetime(*set, ttl, before);
    const auto bytes = size_of(*set);
    const std::string_view domain = set->domain;  // lives in the heap block that `set` points to
    entries_.store(domain, std::move(set), lifetime, bytes, now).generation = generation_;
}

std::vector<std::shared_ptr<const mail::MxSet>> MxCache::take_due() {
    std::vector<std::shared_ptr<const mail::MxSet>> due;
    due.reserve(max_due);
    due.swap(due_);
    return due;
}

}  // namespace nexthopd::dns
