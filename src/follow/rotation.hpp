// Where the rest of a log went: the file of a place and those that were begun after it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "follow/log_text.hpp"
#include "ledger/store.hpp"

namespace nexthopd::follow {

/// One file of a log.
struct Part {
    LogText text;
    std::uint64_t offset = 0;     // where reading begins
    std::uint64_t replay_to = 0;  // lines that end up to here were given before
    bool live = false;            // it has the log's own name
    bool known = false;           // it is the file of the place
};

/// What is to be read from `place` on, oldest first: the file it belongs to, rotated ones that are newer
/// (`path.1`, `path-20261122`, also compressed: `path.2.gz`), and `path` itself. When no file belongs to the
/// place, `path` from its beginning; nothing while there is no such file.
std::vector<Part> unread_parts(const std::string& path, const ledger::Place& place);

/// The same from `resume` on, or where that file is gone, from `max_replay` bytes before in the other's; the
/// lines before `place` are to be replayed.
std::vector<Part> unread_parts(const std::string& path, const ledger::Place& place,
                               const ledger::Place& resume, std::uint64_t max_replay);

}  // namespace nexthopd::follow
