// Talks to the daemon over its control socket.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "base/error.hpp"

namespace nexthopd::ctl {

struct Reply {
    std::vector<nlohmann::json> lines;
    int exit = 0;  // the exit status that the daemon proposes
};

/// One request, one reply. An error means that the daemon could not be reached, and says what to do.
base::Result<Reply> ask_daemon(const std::string& socket, const nlohmann::json& request);

}  // namespace nexthopd::ctl
