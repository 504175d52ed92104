// Who is at the other end of a connection.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <optional>

namespace nexthopd::serve {

/// The user of the process that connected to a unix socket; nullopt: TCP has no such peer.
inline std::optional<uid_t> peer_of(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    // Of TCP all bits are set.
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        peer.uid == static_cast<uid_t>(-1))
        return std::nullopt;
    return peer.uid;
}

}  // namespace nexthopd::serve
