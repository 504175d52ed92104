#include "maillog/gap_notice.hpp"

#include "base/text.hpp"
#include "maillog/take.hpp"

namespace nexthopd::maillog {

namespace {

bool names_mta(std::string_view text) {
    return text.find("postfix") != std::string_view::npos || text.find("exim") != std::string_view::npos;
}

/// The digits at the start are cut off; false: there are none.
bool take_number(std::string_view& text) {
    std::size_t digits = 0;
    while (digits < text.size() && base::is_digit(text[digits]))
        ++digits;
    text.remove_prefix(digits);
    return digits > 0;
}

/// journald-server.c: `Suppressed N messages from UNIT`; the path of a control group up to systemd 233,
/// which stands for everything below it.
bool from_journald(std::string_view body) {
    if (!take(body, "Suppressed ") || !take_number(body) || !take(body, " messages from ")) return false;
    return names_mta(body) || body == "/" || body == "/system.slice" || body == "system.slice";
}

/// ratelimit.c: `INPUT: begin to drop messages due to rate-limiting`, since 8.30 `INPUT from <HOST:TAG>: ..`,
/// and `INPUT: N messages lost due to rate-limiting`, since 8.2102 with the limit in parentheses.
bool from_rsyslog(std::string_view body) {
    const auto colon = body.rfind(": begin to drop messages due to rate-limiting");
    const auto lost = body.rfind(" messages lost due to rate-limiting");
    std::string_view input;
    if (colon != std::string_view::npos) {
        input = body.substr(0, colon);
    } else if (lost != std::string_view::npos) {
        input = body.substr(0, lost);
        const auto count = input.rfind(": ");
        if (count == std::string_view::npos) return false;
        auto number = input.substr(count + 2);
        if (!take_number(number) || !number.empty()) return false;
        input = input.substr(0, count);
    } else {
        return false;
    }
    // imuxsock limits each process by itself and names it: `imuxsock[pid: 51, name: /usr/sbin/cron]`, or
    // just `imuxsock[pid 51]`. The limit of another input is for all that comes through it.
    if (!input.starts_with("imuxsock[")) return true;
    const bool named =
        input.find("name: ") != std::string_view::npos || input.find("from <") != std::string_view::npos;
    return !named || names_mta(input);
}

}  // namespace

bool tells_of_lost_lines(std::string_view program, std::string_view body) {
    if (program == "systemd-journald" || program == "systemd-journal") return from_journald(body);
    if (program.starts_with("rsyslogd")) return from_rsyslog(body);  // up to 8.29 "rsyslogd-2177"
    return false;
}

}  // namespace nexthopd::maillog
