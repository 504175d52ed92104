// Lines in which a log daemon tells that it threw others away.
#pragma once

#include <string_view>

namespace nexthopd::maillog {

/// True for the notices of systemd-journald and of rsyslogd's inputs about messages they dropped because of
/// a rate limit, unless they name a program that is no MTA. `program` is the syslog tag without its pid.
/// Who can write to a syslog socket can write such a line as well: nothing but caution may follow from it.
bool tells_of_lost_lines(std::string_view program, std::string_view body);

}  // namespace nexthopd::maillog
