// What is served over HTTP: counters for Prometheus, and whether all is well. No addresses, names of servers
// or texts of strangers: the pages have no more lines with much mail than with little.
#pragma once

#include <string_view>

#include "protocol/http.hpp"

namespace nexthopd::serve {

class Daemon;

/// `/metrics`, `/healthz`, and `/`, which names these.
protocol::HttpPage http_page(std::string_view path, const Daemon& daemon);

}  // namespace nexthopd::serve
