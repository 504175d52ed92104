// The parser of an instance's log, as the daemon and `nexthopctl ingest` use it.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "dns/mx.hpp"
#include "follow/parser.hpp"

namespace nexthopd::serve {

follow::Parser postfix_parser(const config::PostfixInstance& instance,
                              const std::vector<std::string>& relay_hosts, const dns::Self& self);

}  // namespace nexthopd::serve
