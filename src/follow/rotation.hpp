// Where the rest of a log went: the file of a position and those that were begun after it.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "ledger/store.hpp"

namespace nexthopd::follow {

struct Part {
    base::Descriptor file;
    std::uint64_t offset = 0;  // where its unread bytes begin
    bool live = false;         // it has the log's own name
};

/// A regular file, for reading; none when there is no such file or it cannot be opened.
base::Descriptor open_log(const std::string& path);

/// What is to be read from `position` on, oldest first: the file it belongs to, rotated ones that are
/// newer (`path.1`, `path-20261122`; compressed ones are not looked into), and `path` itself. When no file
/// belongs to the position, `path` from its beginning; nothing while there is no such file.
std::vector<Part> unread_parts(const ledger::Position& position);

}  // namespace nexthopd::follow
