// nexthopctl classify: what the rules of the settings say of replies. Needs no daemon.
#pragma once

#include <iosfwd>
#include <string>

namespace nexthopd::ctl {

struct ClassifyRequest {
    std::string settings_path;
    std::string text;  // one reply; empty: each line of `in` is one
    bool as_json = false;
};

/// The exit status: 0; 1 for a single text that no rule knows, or where the rules have mistakes.
int classify(const ClassifyRequest& request, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace nexthopd::ctl
