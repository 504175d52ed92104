// The host list of an Exim manualroute router, written from validated parts only.
//
// Exim expands the list a second time (manualroute.c), so nothing is written that is not in this grammar:
//   host *( ":" host ) [ " " transport ]     host = name [ port ] | "[" address "]" port     port = "::"
//   digits
// Colons that do not separate hosts are doubled, those of IPv6 addresses too. The form with another separator
// ("<;") is not used: Exim 4.99 takes it only from text that it trusts.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "mail/server_map.hpp"

namespace nexthopd::mail {

/// `mx1.example.com::2525:mx2.example.com`, `mx1.example.com slow`; `example.com/mx slow`, which means the MX
/// hosts of `domain`, when the map has a transport and no servers. An error names the element that cannot be
/// written.
base::Result<std::string> exim_route(const ServerMap& map, std::string_view domain);

}  // namespace nexthopd::mail
