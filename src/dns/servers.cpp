#include "dns/servers.hpp"

#include <algorithm>
#include <numeric>

namespace nexthopd::dns {

std::vector<std::size_t> Servers::order(base::Instant now) const {
    std::vector<std::size_t> order(servers_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    // Working ones as listed; of the failed ones, the one that failed longest ago first.
    const auto rank = [&](std::size_t i) {
        return servers_[i].failed_until > now ? servers_[i].failed_until : base::Instant::min();
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
    return order;
}

void Servers::silent(std::size_t server, base::Instant sent, base::Instant now) {
    if (servers_[server].answered < sent) servers_[server].failed_until = now + failure_memory;
}

}  // namespace nexthopd::dns
