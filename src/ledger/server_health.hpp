// How each server fared in the last hours, as `nexthopctl servers` shows it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace nexthopd::ledger {

struct ServerHealth {
    static constexpr std::size_t hours_shown = 24;

    std::string server;
    std::uint64_t attempts = 0;                       // in those hours
    std::uint64_t deferred = 0;                       // results of class 4
    std::uint64_t refused = 0;                        // of class 5
    std::array<std::uint64_t, hours_shown> failed{};  // of both, by the hour, oldest first
    std::string last_reply;                           // the newest failure; empty: none is kept
    std::optional<base::WallTime> last_failure;
};

struct ServersListed {
    std::vector<ServerHealth> servers;  // most failures first
    bool complete = true;               // false: the time was over before all were looked at
};

/// The `limit` servers with the most failures. Counted are the rows that have been rolled up: all but those
/// of the last minute.
base::Result<ServersListed> list_servers(const std::string& database, base::WallTime now, std::size_t limit);

}  // namespace nexthopd::ledger
