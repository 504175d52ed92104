#include "maillog/syslog_line.hpp"

#include "base/text.hpp"

namespace nexthopd::maillog {

namespace {

/// Length of the stamp at the start of `line`, 0 when there is none.
std::size_t stamp_length(std::string_view line) {
    constexpr std::size_t traditional = 15;  // "Nov 22 16:44:23"
    if (line.size() <= traditional) return 0;
    if (line[3] == ' ' && line[6] == ' ' && line[9] == ':' && line[12] == ':' && line[traditional] == ' ')
        return traditional;
    if (line[4] == '-' && line[7] == '-' && line[10] == 'T') {
        constexpr std::size_t longest = 35;  // nine digits of a second and a zone with a colon
        const auto blank = line.find(' ');
        return blank == std::string_view::npos || blank > longest ? 0 : blank;
    }
    return 0;
}

}  // namespace

std::optional<SyslogLine> split_syslog_line(std::string_view line) {
    const auto length = stamp_length(line);
    if (length == 0) return std::nullopt;
    SyslogLine out;
    out.stamp = line.substr(0, length);
    line.remove_prefix(length + 1);

    const auto host_end = line.find(' ');
    if (host_end == std::string_view::npos) return std::nullopt;
    out.host = line.substr(0, host_end);
    line.remove_prefix(host_end + 1);

    const auto program_end = line.find_first_of("[: ");
    if (program_end == std::string_view::npos || program_end == 0 || line[program_end] == ' ')
        return std::nullopt;
    out.program = line.substr(0, program_end);
    const bool has_pid = line[program_end] == '[';
    line.remove_prefix(program_end + 1);
    if (has_pid) {
        std::uint64_t pid = 0;
        std::size_t digits = 0;
        constexpr std::size_t longest = 9;  // Linux: at most 2^22
        while (digits < line.size() && digits <= longest && base::is_digit(line[digits]))
            pid = pid * 10 + static_cast<std::uint64_t>(line[digits++] - '0');
        if (digits == 0 || digits > longest || line.substr(digits, 2) != "]:") return std::nullopt;
        out.pid = static_cast<std::uint32_t>(pid);
        line.remove_prefix(digits + 2);
    }
    if (line.empty() || line.front() != ' ') return std::nullopt;
    line.remove_prefix(1);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    out.body = line;
    return out;
}

}  // namespace nexthopd::maillog
