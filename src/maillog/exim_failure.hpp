// What Exim says about a failed delivery, taken apart.
//
// The wording is that of smtp.c, smtp_out.c and tls-*.c (Exim 4.8x to 4.99). Exim writes the beginning; the
// reply behind it is the server's and may contain anything.
#pragma once

#include <string_view>

#include "maillog/failure_text.hpp"

namespace nexthopd::maillog {

/// `peer` is named by old versions only, which have no H= in the line.
FailureText parse_exim_failure(std::string_view text);

/// The recipient in a failure text about RCPT TO; empty for any other text.
std::string_view refused_recipient(std::string_view text);

}  // namespace nexthopd::maillog
