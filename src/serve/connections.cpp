#include "serve/connections.hpp"

#include <utility>
#include <vector>

namespace nexthopd::serve {

void Connections::add(base::Descriptor connection) {
    if (sessions_.size() >= limit) {
        std::shared_ptr<SocketmapSession> oldest;
        for (const auto& [key, session] : sessions_)
            if (!session->working() && (!oldest || session->last_used() < oldest->last_used())) oldest = session;
        if (oldest) oldest->close();
    }
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
