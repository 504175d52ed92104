// Replies of the daemon as text for a terminal of 80 columns. What a stranger chose is made printable.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace nexthopd::ctl {

using Lines = std::vector<nlohmann::json>;

std::string show_status(const Lines& lines);
std::string show_verdict(const Lines& lines);
std::string show_explain(const Lines& lines);
std::string show_why(const Lines& lines);
std::string show_holds(const Lines& lines);
std::string show_attempts(const Lines& lines);
std::string show_servers(const Lines& lines);
std::string show_provider(const Lines& lines);

/// "key: value" for each member: what the other replies are shown as.
std::string show_plain(const Lines& lines);

/// An RFC 3339 time in UTC as local time: "17:30:05" today, "Nov 22 17:30:05" else.
std::string local_time(const std::string& rfc3339);

}  // namespace nexthopd::ctl
