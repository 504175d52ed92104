#include "mail/server_map.hpp"

#include <algorithm>
#include <tuple>

namespace nexthopd::mail {

void sort_by_preference(std::vector<Server>& servers) {
    std::stable_sort(servers.begin(), servers.end(), [](const Server& a, const Server& b) {
        return std::tie(a.preference, a.host, a.port) < std::tie(b.preference, b.host, b.port);
    });
}

}  // namespace nexthopd::mail
