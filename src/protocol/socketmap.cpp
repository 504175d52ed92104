#include "protocol/socketmap.hpp"

#include "mail/nexthop.hpp"

namespace nexthopd::protocol {

std::optional<SocketmapRequest> read_socketmap_request(std::string_view content) {
    const auto blank = content.find(' ');
    if (blank == std::string_view::npos || blank == 0) return std::nullopt;
    SocketmapRequest out;
    const auto name = content.substr(0, blank);
    out.key = content.substr(blank + 1);
    const auto dot = name.find('.');
    out.surface = name.substr(0, dot);
    if (dot != std::string_view::npos) out.connection = name.substr(dot + 1);
    return out;
}

std::string hold_text(std::string_view id, base::WallTime until) {
    // Rounded up to the minute: mail is never said to leave before it does. No date: hold.max is a day.
    const auto minute = std::chrono::ceil<std::chrono::minutes>(until);
    const auto text = base::ledger_time(minute);
    return "delayed by local policy until " + text.substr(11, 5) + " UTC (nexthopd " + std::string(id) + ")";
}

std::string transport_reply(const decide::Verdict& verdict) {
    struct Writer {
        std::string operator()(const decide::LeaveAlone&) const { return std::string(not_found); }
        std::string operator()(const decide::Route& route) const {
            const auto text = mail::nexthop_text(route.map);
            return text ? "OK " + *text : std::string(not_found);
        }
        // A hold without an id was not made: nothing would ever release the mail.
        std::string operator()(const decide::HoldFor&) const { return std::string(not_found); }
        std::string operator()(const decide::Held& hold) const {
            return "OK " + mail::retry_text(hold_text(hold.id, hold.until));
        }
        std::string operator()(const decide::Fail&) const {
            return "OK " + mail::error_text("5.4.4", "the destination has no mail server (local policy)");
        }
    };
    return std::visit(Writer{}, verdict);
}

}  // namespace nexthopd::protocol
