// A script that stopped the answering thread, in spite of all limits, is not run again until it changes.
//
// The watchdog notes it before it ends the process; a start looks here. Blocks, but for a moment.
#pragma once

#include <string>
#include <string_view>

namespace nexthopd::serve {

/// What tells one script from another.
std::string fingerprint(std::string_view script);

/// Where it is noted, and what: the watchdog writes it with write(2) alone.
std::string quarantine_path(const std::string& folder);
std::string quarantine_note(std::string_view script);

/// Why that script is not run; empty: it may be.
std::string quarantined(const std::string& folder, std::string_view script);

}  // namespace nexthopd::serve
