// `nexthopctl exim enable | disable | status`: Debian's configuration of Exim, tried before it is in force.
#pragma once

#include <string>

#include "config/settings.hpp"

namespace nexthopd::ctl {

struct EximRequest {
    enum class Action { enable, disable, status };
    Action action = Action::status;
    std::string config_directory = "/etc/exim4";
    bool dry_run = false;  // show what would be changed
};

/// Prints what it does. The exit status: 0 done, or wired; 1 not wired, or refused; 2 not possible as asked.
int wire_exim(const EximRequest& request, const config::Settings& settings);

}  // namespace nexthopd::ctl
