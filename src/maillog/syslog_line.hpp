// One line of a syslog file, split into its fields. Views into the line; nothing is copied or converted.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nexthopd::maillog {

struct SyslogLine {
    std::string_view stamp;  // "Nov 22 16:44:23" or RFC 3339; StampReader makes a time of it
    std::string_view host;
    std::string_view program;  // "postfix/smtp", "postfix/relay/smtp"
    std::uint32_t pid = 0;     // 0: none was given
    std::string_view body;     // without the line end
};

/// Knows the traditional format (RFC 3164 as syslogd and postlogd write it to files) and the one with
/// RFC 3339 stamps. nullopt for any other line. The digits of the stamp are not looked at.
std::optional<SyslogLine> split_syslog_line(std::string_view line);

/// One message as syslog sends it: RFC 5424, RFC 3164, and what programs make of the latter (no priority, no
/// host, no stamp). What is missing is empty; stamp also when it is RFC 5424's "-".
std::optional<SyslogLine> split_syslog_message(std::string_view message);

}  // namespace nexthopd::maillog
