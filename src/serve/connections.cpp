#include "serve/connections.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace nexthopd::serve {

namespace {

constexpr rlim_t most = 4'000;
/// For name servers, the ledger, logs, child processes and control connections.
constexpr rlim_t other_descriptors = 128;

}  // namespace

std::size_t Connections::usual_limit() {
    rlimit descriptors{};
    if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return most;
    const auto all = descriptors.rlim_cur;
    return std::min(most, all > 2 * other_descriptors ? all - other_descriptors : all / 4);
}

void Connections::make_room() {
    std::shared_ptr<SocketmapSession> oldest;
    for (const auto& [key, session] : sessions_)
        if (!session->working() && (!oldest || session->last_used() < oldest->last_used())) oldest = session;
    if (oldest) oldest->close();
}

void Connections::add(base::Descriptor connection) {
    if (sessions_.size() >= limit_) make_room();
    auto session = std::make_shared<SocketmapSession>(
        surface_, std::move(connection), [this](SocketmapSession& ended) { sessions_.erase(&ended); });
    if (session->begin()) sessions_.emplace(session.get(), session);
}

void Connections::sweep(base::Instant now) {
    std::vector<std::shared_ptr<SocketmapSession>> dawdling;
    for (const auto& [key, session] : sessions_)
        if (session->waits_for_peer() && now - session->last_used() >= patience) dawdling.push_back(session);
    for (const auto& session : dawdling)
        session->close();
}

}  // namespace nexthopd::serve
