#include "mail/hold.hpp"

namespace nexthopd::mail {

const char* to_text(HoldScope scope) {
    switch (scope) {
        case HoldScope::mail:
            return "mail";
        case HoldScope::domain:
            return "domain";
        case HoldScope::server:
            return "server";
        case HoldScope::provider:
            break;
    }
    return "provider";
}

std::optional<HoldScope> hold_scope(std::string_view text) {
    for (const auto scope : {HoldScope::mail, HoldScope::domain, HoldScope::server, HoldScope::provider})
        if (text == to_text(scope)) return scope;
    return std::nullopt;
}

}  // namespace nexthopd::mail
