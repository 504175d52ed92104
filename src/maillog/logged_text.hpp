// Text of a log line on its way into the ledger.
#pragma once

#include <string>
#include <string_view>

namespace nexthopd::maillog {

/// At most `limit` bytes of well-formed UTF-8 without control characters: what is neither becomes "?",
/// as Postfix itself writes it. (A file may hold what Postfix never wrote.)
std::string logged_text(std::string_view text, std::size_t limit);

}  // namespace nexthopd::maillog
