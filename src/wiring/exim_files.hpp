// Debian's configuration of Exim with and without nexthopd: texts in, texts out.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace nexthopd::wiring {

/// Below /etc/exim4: the files that nexthopd's lines are in with the split configuration, and the one that
/// they are put into without it.
inline constexpr const char* exim_main_file = "conf.d/main/02_nexthopd";
inline constexpr const char* exim_router_file = "conf.d/router/190_nexthopd";
inline constexpr const char* exim_template_file = "exim4.conf.template";
inline constexpr const char* exim_key_file = "nexthopd.key";  // the only one that not everybody may read

/// Texts by name, as above; a file that is not there is not in it.
using EximFiles = std::map<std::string, std::string>;

/// The lines of contrib/exim.
std::string exim_main_lines();
std::string exim_router_lines();

/// The files as they are to be. `files` must not be wired. Errors say what is in the way.
base::Result<EximFiles> exim_enabled(EximFiles files, bool split, std::string_view key);

/// Without what exim_enabled() adds, in either form.
base::Result<EximFiles> exim_disabled(EximFiles files);

}  // namespace nexthopd::wiring
