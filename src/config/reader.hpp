// Files of settings -> Settings, or everything that is wrong with them at once.
//
// Files are read in order: a later one overrides the keys of an earlier one, lists as a whole; tables of
// which there can be several ([[postfix]]) add up.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/settings.hpp"
#include "config/source.hpp"

namespace nexthopd::config {

using ReadResult = tl::expected<Settings, Problems>;

/// Without I/O. The problems are in the order of the files and of the places in them.
ReadResult understand(const std::vector<Source>& sources);

/// load() and understand(). An empty folder gives the defaults.
ReadResult read(const std::string& path);

/// For a start that must not fail: every key that can be read, the defaults for the rest. A mistake in one
/// key must not move the sockets that an MTA asks at.
Settings salvage(const std::string& path);

}  // namespace nexthopd::config
