#include "maillog/syslog_line.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "maillog/take.hpp"

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

/// `program[pid]: body` or `program: body`, all that is left of the line.
bool take_program(std::string_view line, SyslogLine& out) {
    const auto program_end = line.find_first_of("[: ");
    if (program_end == std::string_view::npos || program_end == 0 || line[program_end] == ' ') return false;
    out.program = line.substr(0, program_end);
    const bool has_pid = line[program_end] == '[';
    line.remove_prefix(program_end + 1);
    if (has_pid) {
        std::uint64_t pid = 0;
        std::size_t digits = 0;
        constexpr std::size_t longest = 9;  // Linux: at most 2^22
        while (digits < line.size() && digits <= longest && base::is_digit(line[digits]))
            pid = pid * 10 + static_cast<std::uint64_t>(line[digits++] - '0');
        if (digits == 0 || digits > longest || line.substr(digits, 2) != "]:") return false;
        out.pid = static_cast<std::uint32_t>(pid);
        line.remove_prefix(digits + 2);
    }
    if (line.empty() || line.front() != ' ') return false;
    line.remove_prefix(1);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    out.body = line;
    return true;
}

/// The next word, and the blank behind it, are cut off; empty when there is no blank.
std::string_view take_word(std::string_view& text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) return {};
    const auto word = text.substr(0, blank);
    text.remove_prefix(blank + 1);
    return word;
}

/// RFC 5424 §6.3: "-", or elements in brackets, whose values are quoted. False: neither.
bool take_structured_data(std::string_view& text) {
    if (text.starts_with('-')) {
        text.remove_prefix(1);
        return true;
    }
    if (!text.starts_with('[')) return false;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == ']' && text.substr(i + 1, 1) != "[") {
            text.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

/// RFC 5424 behind its version.
std::optional<SyslogLine> split_rfc5424(std::string_view text) {
    SyslogLine out;
    out.stamp = take_word(text);
    out.host = take_word(text);
    out.program = take_word(text);
    const auto process = take_word(text);
    const auto message_id = take_word(text);
    if (out.stamp.empty() || out.host.empty() || out.program.empty() || process.empty() ||
        message_id.empty() || !take_structured_data(text))
        return std::nullopt;
    if (out.stamp == "-") out.stamp = {};
    if (out.host == "-") out.host = {};
    out.pid = static_cast<std::uint32_t>(base::parse_number(process, UINT32_MAX).value_or(0));
    take(text, " ");
    take(text, "\xEF\xBB\xBF");  // says that it is UTF-8
    out.body = text;
    return out;
}

/// `<22>`; a message may do without.
void take_priority(std::string_view& message) {
    constexpr std::size_t longest = 5;
    const auto end = message.substr(0, longest).find('>');
    if (!message.starts_with('<') || end == std::string_view::npos ||
        !base::parse_number(message.substr(1, end - 1)))
        return;
    message.remove_prefix(end + 1);
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
    if (!take_program(line, out)) return std::nullopt;
    return out;
}

std::optional<SyslogLine> split_syslog_message(std::string_view message) {
    while (!message.empty() && (message.back() == '\n' || message.back() == '\r' || message.back() == '\0'))
        message.remove_suffix(1);
    take_priority(message);
    if (take(message, "1 ")) return split_rfc5424(message);
    if (message.starts_with('<')) return std::nullopt;
    SyslogLine out;
    if (const auto length = stamp_length(message); length > 0) {
        out.stamp = message.substr(0, length);
        message.remove_prefix(length + 1);
    }
    // syslog(3) names no host, nor does a stamp have to be there: the tag is the first word that ends with
    // a colon, as no host name does.
    const auto word = message.substr(0, message.find(' '));
    if (!out.stamp.empty() && !word.ends_with(':')) {
        out.host = word;
        message.remove_prefix(std::min(word.size() + 1, message.size()));
    }
    if (!take_program(message, out)) return std::nullopt;
    return out;
}

}  // namespace nexthopd::maillog
