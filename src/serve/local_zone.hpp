// The machine's time zone, for the stamps of traditional syslog lines.
#pragma once

#include "maillog/stamp_reader.hpp"

namespace nexthopd::serve {

/// Offsets of a local time from the C library's zone (TZ, /etc/localtime). For the ledger thread.
maillog::ZoneOffsets local_zone(std::chrono::seconds local);

}  // namespace nexthopd::serve
