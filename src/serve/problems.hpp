// What is wrong now, if anything: of settings, sockets, MTA, ledger, logs and releases.
#pragma once

#include <string>
#include <vector>

namespace nexthopd::serve {

class Daemon;

/// Each with what to do. Empty: all is well.
std::vector<std::string> problems_of(const Daemon& daemon);

}  // namespace nexthopd::serve
