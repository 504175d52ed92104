// The usual mistakes of a Postfix configuration that is to ask nexthopd: what postconf(1) says, read as a
// postmaster of some experience would.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nexthopd::wiring {

using Parameters = std::map<std::string, std::string, std::less<>>;

/// What is wired, seen from the values in force rather than from the files: by hand is as good.
struct Wired {
    bool transport = false;
    bool mxfilter = false;
    bool policy = false;
};

/// `parameters`: `postconf -x`; `services`: `postconf -P` (`service/type/parameter = value`).
Wired wired(const Parameters& parameters, const Parameters& services);

/// `entries`: `postconf -M`, the services of master.cf, one a line. Each mistake with what to do.
std::vector<std::string> mistakes(const Parameters& parameters, const Parameters& services,
                                  std::string_view entries);

}  // namespace nexthopd::wiring
