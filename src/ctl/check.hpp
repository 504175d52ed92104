// nexthopctl check: settings, rules and script, or another script. Needs no daemon.
#pragma once

#include <iosfwd>
#include <string>

namespace nexthopd::ctl {

/// `script`: instead of that of the settings; empty: that one. The exit status: 0; 1 where something is
/// wrong. What is likely to be a mistake is only told.
int check(const std::string& settings_path, const std::string& script, std::ostream& out, std::ostream& err);

}  // namespace nexthopd::ctl
