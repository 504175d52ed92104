#include "protocol/policy.hpp"

#include "base/text.hpp"
#include "protocol/socketmap.hpp"

namespace nexthopd::protocol {

namespace {

void take(PolicyRequest& request, std::string_view name, std::string_view value) {
    if (name == "protocol_state") request.state = value;
    if (name == "instance") request.instance = value;
    if (name == "queue_id") request.queue_id = value;
    if (name == "sender") request.sender = value;
    if (name == "recipient") request.recipient = value;
    if (name == "size") request.size = base::parse_number(value).value_or(0);
}

}  // namespace

PolicyFrame read_policy_request(std::string_view bytes) {
    PolicyFrame out;
    bool known = false;
    std::size_t at = 0;
    while (true) {
        const auto end = bytes.find('\n', at);
        if (end >= max_policy_request &&
            (end != std::string_view::npos || bytes.size() >= max_policy_request))
            out.state = PolicyFrame::State::malformed;
        if (end == std::string_view::npos || out.state == PolicyFrame::State::malformed) return out;
        const auto line = bytes.substr(at, end - at);
        at = end + 1;
        if (line.empty()) break;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) {
            out.state = PolicyFrame::State::malformed;
            return out;
        }
        const auto name = line.substr(0, equals);
        const auto value = line.substr(equals + 1);
        known = known || (name == "request" && value == "smtpd_access_policy");
        take(out.request, name, value);
    }
    out.state = known ? PolicyFrame::State::complete : PolicyFrame::State::malformed;
    out.consumed = at;
    return out;
}

std::string defer_action(std::string_view hold_id, base::WallTime until) {
    return "action=DEFER_IF_PERMIT 4.7.0 " + hold_text(hold_id, until) + "\n\n";
}

}  // namespace nexthopd::protocol
