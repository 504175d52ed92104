// MX sets that were looked up, kept as long as their records allow within limits of our own (RFC 2308).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "dns/addresses.hpp"
#include "dns/expiring.hpp"
#include "mail/mx_set.hpp"

namespace nexthopd::dns {

// Sets with hosts. Below the floor, a TTL of 0 would cost a lookup per recipient; a zone that is being moved
// does not expect more than a TTL's delay, and the MTA asks DNS itself when it delivers.
constexpr std::chrono::seconds hosts_floor{30};
constexpr std::chrono::seconds hosts_ceiling = std::chrono::days{1};
// No such domain, no MX, null MX, a loop of aliases: RFC 2308 §5 suggests one to three hours at most. A new
// domain is to work soon.
constexpr std::chrono::seconds negative_floor{15};
constexpr std::chrono::seconds negative_ceiling = std::chrono::hours{1};
// Failures: the first is often over in seconds; repeated ones double. RFC 2308 §7 allows five minutes.
constexpr std::chrono::seconds failure_floor{5};
constexpr std::chrono::seconds failure_ceiling{30};

/// Enough for every destination of a large sender's hour; the bytes are what bounds hostile sets.
constexpr std::size_t default_cache_names = 100'000;
constexpr std::size_t default_cache_bytes = 32U << 20U;

class MxCache {
  public:
    explicit MxCache(std::size_t max_names = default_cache_names,
                     std::size_t max_bytes = default_cache_bytes);

    /// The set when it is fresh, else nullptr. Does not allocate. When it is asked for in the last tenth of
    /// its life, it is noted for take_due().
    std::shared_ptr<const mail::MxSet> find(std::string_view domain, base::Instant now);

    /// Keeps `set` under set->domain for `ttl` within the limits above. A failure does not replace what is
    /// fresh.
    void store(std::shared_ptr<const mail::MxSet> set, std::chrono::seconds ttl, base::Instant now);

    /// Sets that are in use and about to expire: to be looked up again. Each is told once.
    std::vector<std::shared_ptr<const mail::MxSet>> take_due();

    /// From now on everything stored before is a miss: this host's names or addresses have changed.
    void forget_all() { ++generation_; }

    std::size_t size() const { return entries_.size(); }

  private:
    Expiring<mail::MxSet> entries_;
    std::vector<std::shared_ptr<const mail::MxSet>> due_;
    std::uint32_t generation_ = 0;
};

/// The life of a set that was just looked up. `before`: the life of the failure that it follows, or zero.
std::chrono::seconds mx_lifetime(const mail::MxSet& set, std::chrono::seconds ttl,
                                 std::chrono::seconds before);

/// The same limits for the addresses of a host.
std::chrono::seconds address_lifetime(const Addresses& addresses);

}  // namespace nexthopd::dns
