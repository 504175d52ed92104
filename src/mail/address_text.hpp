// Mail addresses inside other text: replies of servers name the recipient, in brackets or bare.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace nexthopd::mail {

/// `text` with each address (a run of characters of a local part, "@", a run of those of a domain) replaced
/// by what `by` makes of it. Bounded by the length of the text.
std::string replace_addresses(std::string_view text, const std::function<std::string(std::string_view)>& by);

/// What stands for an address of which only the domain may be known: `*@example.com`.
std::string without_local_part(std::string_view address);

}  // namespace nexthopd::mail
