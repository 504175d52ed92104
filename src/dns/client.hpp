// The DNS client: Resolver over UDP and TCP, with caches. Everything happens on the thread that runs `io`.
//
// A lookup asks for the MX records; where there are none, for the domain's addresses; then for the addresses
// of the hosts, as far as they did not come along. Names are asked as they are: no search list. Lookups of
// the same name are one; those of hosts, too. A lookup that nobody waits for any more goes on and fills the
// cache.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "dns/ask.hpp"
#include "dns/cache.hpp"
#include "dns/counters.hpp"
#include "dns/mx.hpp"
#include "dns/resolver.hpp"

namespace nexthopd::dns {

/// Lookups of MX sets in flight, 5 to 20 KB each. With a resolver that answers nothing at all, this is 250
/// new destinations a second; more of them would not be answered either.
constexpr std::size_t default_max_lookups = 2000;
/// After the MX records are known, the addresses of the hosts are waited for so long: the set is of use
/// without.
constexpr std::chrono::milliseconds host_patience{1500};

struct Options {
    std::vector<boost::asio::ip::udp::endpoint> servers;  // asked in this order; TCP on the same ports
    Self self;
    Patience patience;
    std::size_t max_lookups = default_max_lookups;
    std::size_t cache_names = default_cache_names;
    std::size_t cache_bytes = default_cache_bytes;
};

class Client final : public Resolver {
  public:
    /// `clock` tells the age of cached sets; it has to outlive the client, as has `io`. Throws
    /// std::system_error when the kernel gives no random numbers.
    Client(boost::asio::io_context& io, Options options, const base::Clock& clock);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    /// Closes the sockets; lookups in flight end as failed.
    ~Client() override;

    std::shared_ptr<const mail::MxSet> cached(std::string_view domain, base::Instant now) override;
    boost::asio::awaitable<std::shared_ptr<const mail::MxSet>> mx(std::string domain, bool fresh) override;

    std::shared_ptr<const Records> cached_records(std::string_view name, Type type, base::Instant now) override;
    boost::asio::awaitable<std::shared_ptr<const Records>> records(std::string name, Type type) override;

    /// Where `self` differs from before, cached sets are forgotten.
    void set_self(Self self);
    const Counters& counters() const;

  private:
    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace nexthopd::dns
