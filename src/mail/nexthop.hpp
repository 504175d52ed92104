// The right-hand side of a Postfix transport table, written from validated parts only.
//
// One malformed element of a nexthop list (port 0, a missing bracket, an unknown transport after
// ":", a trailing comma) kills smtp(8) for all mail, so nothing is written that is not in this grammar:
//   [transport] ":" [ "[" host "]" [":" port] *( ", [" host "]" [":" port] ) ]
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "mail/server_map.hpp"

namespace nexthopd::mail {

constexpr std::size_t max_nexthop_hosts = 50;
/// Postfix reads a socketmap reply of up to 100 000 bytes; transport(5) text beyond this helps nobody.
constexpr std::size_t max_nexthop_text = 8192;

/// `:[a], [b]:2525` or `slow:[a]`; `slow:` when the map has a transport and no servers. An error names
/// the element that cannot be written.
base::Result<std::string> nexthop_text(const ServerMap& map);

/// `retry:4.7.0 TEXT`. Control characters and bytes that are not ASCII become "?".
std::string retry_text(std::string_view text);
/// `error:5.4.4 TEXT`, likewise.
std::string error_text(std::string_view enhanced_code, std::string_view text);

/// A service name of master.cf that may be written into a nexthop: letters, digits, "-", "_", ".".
bool is_transport_name(std::string_view name);

}  // namespace nexthopd::mail
