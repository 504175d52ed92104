// What the rest of the program knows of DNS: the MX set of a domain, from the cache or looked up.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "dns/records.hpp"
#include "mail/mx_set.hpp"

namespace nexthopd::dns {

class Resolver {
  public:
    virtual ~Resolver() = default;

    /// The cached set if fresh, else nullptr; never blocks, never allocates. `domain` in lower-case A-labels.
    virtual std::shared_ptr<const mail::MxSet> cached(std::string_view domain, base::Instant now) = 0;

    /// Looks the set up, coalesced with other lookups of the same name; `fresh` does not take an answer from
    /// the cache. Never nullptr, never throws: a failure is a set with State::failed. The caller may stop
    /// waiting (cancellation): the lookup goes on and fills the cache.
    virtual boost::asio::awaitable<std::shared_ptr<const mail::MxSet>> mx(std::string domain, bool fresh) = 0;

    /// The same of the a, aaaa or txt records of a name, for scripts.
    virtual std::shared_ptr<const Records> cached_records(std::string_view name, Type type, base::Instant now) = 0;
    virtual boost::asio::awaitable<std::shared_ptr<const Records>> records(std::string name, Type type) = 0;
};

}  // namespace nexthopd::dns
