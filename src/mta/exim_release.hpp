// nexthopd-exim-release(8): who may run Exim on a message starts a delivery of it. One id, one answer, both a
// line.
#pragma once

#include <string>

#include "base/error.hpp"

namespace nexthopd::mta {

inline constexpr const char* exim_release_socket = "/run/nexthopd-exim-release";

/// Has the message delivered now; it is under way when this returns. Blocks, for 30 s at most.
base::Result<void> release_exim(const std::string& queue_id, const std::string& socket = exim_release_socket);

}  // namespace nexthopd::mta
