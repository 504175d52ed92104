// Which DNS server is asked first: the one listed first, except that one that has failed lately comes last.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "base/clock.hpp"

namespace nexthopd::dns {

/// How long a server that did not answer is asked after the others. A restart of a resolver takes less.
constexpr std::chrono::seconds failure_memory{30};
/// How long a server that refused EDNS is asked without: it may be replaced by a newer one.
constexpr std::chrono::minutes edns_memory{15};

class Servers {
  public:
    explicit Servers(std::size_t count) : servers_(count) {}

    std::size_t count() const { return servers_.size(); }
    /// All servers, in the order in which they are to be asked.
    std::vector<std::size_t> order(base::Instant now) const;

    void answered(std::size_t server, base::Instant now) { servers_[server].answered = now; }
    /// A query sent at `sent` got no answer. Not held against a server that answered others since then: then
    /// the name is what is slow.
    void silent(std::size_t server, base::Instant sent, base::Instant now);

    bool takes_edns(std::size_t server, base::Instant now) const {
        return servers_[server].no_edns_until <= now;
    }
    void refused_edns(std::size_t server, base::Instant now) {
        servers_[server].no_edns_until = now + edns_memory;
    }

  private:
    struct Server {
        base::Instant answered = base::Instant::min();
        base::Instant failed_until = base::Instant::min();
        base::Instant no_edns_until = base::Instant::min();
    };
    std::vector<Server> servers_;
};

}  // namespace nexthopd::dns
