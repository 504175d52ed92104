// What single settings accept of a text: narrower than its type, for a reason of their own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/convert.hpp"
#include "config/endpoint.hpp"
#include "config/units.hpp"
#include "config/value.hpp"

namespace nexthopd::config {

/// A full path of a file or folder.
base::Result<std::string> parse_path(std::string_view text);
base::Result<std::string> path_or_none(std::string_view text);
/// A file, "journal", or "" for none.
base::Result<std::string> log_name(std::string_view text);
/// A name that stands in log lines or after the dot of a socketmap name: letters, digits, "-" and "_".
base::Result<std::string> parse_name(std::string_view text);

base::Result<std::optional<Endpoint>> endpoint_or_none(std::string_view text);
/// Syslog over UDP and TCP.
base::Result<std::optional<Endpoint>> port_or_none(std::string_view text);
/// The control socket shows addresses and takes orders: the permissions of a file decide who may.
base::Result<Endpoint> unix_socket(std::string_view text);
/// Metrics have no password.
base::Result<std::optional<Endpoint>> local_or_none(std::string_view text);
/// After a failed connect() to a unix socket Exim 4.94 to 4.99 keeps the closed descriptor's number and
/// writes its next question to whatever has it then (lookups/readsock.c). TCP is not affected.
base::Result<Endpoint> loopback_port(std::string_view text);
base::Result<HostPort> dns_server(std::string_view text);
base::Result<mail::IpAddress> address(std::string_view text);

/// Each release starts a process.
base::Result<Rate> release_rate(std::string_view text);
/// Program and arguments, one of them "%id". Started without a shell and without a search path.
void to_command(const Value& value, std::vector<std::string>& target, Unfits& faults);

}  // namespace nexthopd::config
