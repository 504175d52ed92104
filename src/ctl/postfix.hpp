// `nexthopctl postfix enable | disable | status`: Postfix' own configuration, changed at most once and
// atomically.
#pragma once

#include <string>
#include <vector>

namespace nexthopd::ctl {

struct PostfixRequest {
    enum class Action { enable, disable, status };
    Action action = Action::status;
    std::string config_directory = "/etc/postfix";
    std::vector<std::string> surfaces = {"transport", "mxfilter"};
    bool dry_run = false;  // show what would be changed
};

/// Prints what it does. The exit status: 0 done, or wired; 1 not wired, or refused; 2 not possible as asked.
int wire_postfix(const PostfixRequest& request);

}  // namespace nexthopd::ctl
