#include "serve/connections.hpp"

#include <algorithm>

namespace nexthopd::serve {

Connections::Handle Connections::add(Socket socket, base::Instant now) {
    if (entries_.size() >= limit) {
        auto oldest = entries_.end();
        for (auto at = entries_.begin(); at != entries_.end(); ++at)
            if (!at->working && at->socket.is_open() && (oldest == entries_.end() || at->last_used < oldest->last_used))
                oldest = at;
        if (oldest != entries_.end()) {
            boost::system::error_code ignored;
            oldest->socket.close(ignored);  // its session ends with the next completion
            ++evicted_;
        }
    }
    return entries_.insert(entries_.end(), Entry{std::move(socket), now, false, false});
}

void Connections::sweep(base::Instant now) {
    for (auto& entry : entries_) {
        if (!entry.waiting_for_peer || now - entry.last_used < patience) continue;
        boost::system::error_code ignored;
        entry.socket.close(ignored);
        ++evicted_;
    }
}

}  // namespace nexthopd::serve
