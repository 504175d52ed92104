// The ids that MTAs give to messages in their queues.
#pragma once

#include <string_view>

namespace nexthopd::mail {

/// An id of Exim: 6-6-2 letters and digits with hyphens between them, 6-11-4 from 4.97 on. Those of Postfix
/// have no hyphen, so an id says whose it is.
bool is_exim_id(std::string_view text);

}  // namespace nexthopd::mail
