// main.cf and master.cf with and without nexthopd: texts in, texts out.
//
// What is added can be found again and taken out byte for byte: a block between two comment lines at the end
// of each file, and one option line below the first line of a service that is there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace nexthopd::wiring {

struct ConfigFiles {
    std::string main_cf;
    std::string master_cf;
    friend bool operator==(const ConfigFiles&, const ConfigFiles&) = default;
};

/// What is to be wired, and what has to be known of the instance for it.
struct Plan {
    bool transport = true;
    bool mxfilter = true;
    std::string transport_maps = {};  // the value in force, without nexthopd; empty: none
    std::string chroot = "y";                        // of the service `rewrite` in master.cf: y, n or -
    std::string delivery = "smtp";                   // the service that default_transport names
    std::string socket = "unix:nexthopd/socketmap";  // as the services see it
};

/// The files as they are to be. `files` must not be wired. Errors say what is in the way.
base::Result<ConfigFiles> enabled(const ConfigFiles& files, const Plan& plan);

/// Without what enabled() adds. An error names what was edited by hand since, and is left as it is.
base::Result<ConfigFiles> disabled(const ConfigFiles& files);

/// A line of a file: what `diff` would show.
std::string difference(std::string_view name, std::string_view before, std::string_view after);

}  // namespace nexthopd::wiring
