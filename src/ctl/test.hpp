// nexthopctl test: runs the tests of scripts. Needs no daemon, and touches no ledger.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace nexthopd::ctl {

struct TestRequest {
    std::string settings_path;
    std::vector<std::string> files;
    std::string junit;  // a file to write; empty: none
};

/// The exit status: 0; 1 when a test failed or a file is no test.
int test(const TestRequest& request, std::ostream& out, std::ostream& err);

}  // namespace nexthopd::ctl
