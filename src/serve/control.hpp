// The control socket: one JSON object in a line asks, lines of JSON answer, the last of them {"exit":N}.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <nlohmann/json.hpp>
#include <vector>

#include "serve/listener.hpp"

namespace nexthopd::serve {

class Daemon;

struct ControlReply {
    std::vector<nlohmann::json> lines;
    int exit = 0;  // the exit status of nexthopctl: 0 yes or done, 1 no, 2 the request makes no sense
};

/// Serves one request and closes.
boost::asio::awaitable<void> control_session(Socket socket, Daemon& daemon);

/// The commands; `request` is an object. Never throws.
boost::asio::awaitable<ControlReply> control_command(const nlohmann::json& request, Daemon& daemon);

}  // namespace nexthopd::serve
