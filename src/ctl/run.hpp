// nexthopctl run: calls one hook, with the ledger as it is. Needs no daemon.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace nexthopd::ctl {

struct RunRequest {
    std::string settings_path;
    std::string script;
    std::string hook;
    std::vector<std::string> arguments;
};

/// The exit status: 0; 1 when the hook fails, or cannot be called so.
int run(const RunRequest& request, std::ostream& out, std::ostream& err);

}  // namespace nexthopd::ctl
