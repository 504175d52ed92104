// `nexthopd --pass`: what answers at the sockets while nexthopd itself cannot. No Lua, DNS or database: every
// question is left alone, so mail flows as if there were no nexthopd.
#pragma once

#include <string>

#include "serve/inherited.hpp"

namespace nexthopd::serve {

/// Answers at the sockets that were handed over, or those of the settings, until SIGTERM or SIGINT. The exit
/// status; 1: no socket works.
int pass(const std::string& settings_path, Inherited inherited);

}  // namespace nexthopd::serve
