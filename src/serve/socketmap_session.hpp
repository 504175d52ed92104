// One socketmap connection: bytes -> questions -> replies, in order.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string_view>

#include "answer/pipeline.hpp"
#include "serve/connections.hpp"

namespace nexthopd::serve {

struct SocketmapStatistics {
    std::uint64_t requests = 0;
    std::uint64_t malformed = 0;    // connections closed for bytes that are no netstring
    std::uint64_t unknown_map = 0;  // answered NOTFOUND
};

/// Runs until the peer goes. `asked` is told each recipient that was answered, for the release of holds.
boost::asio::awaitable<void> socketmap_session(Connections& connections, Connections::Handle connection,
                                               answer::Pipeline& pipeline, SocketmapStatistics& statistics,
                                               const std::function<void(std::string_view recipient)>& asked);

}  // namespace nexthopd::serve
