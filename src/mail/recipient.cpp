#include "mail/recipient.hpp"

#include "mail/host_name.hpp"

namespace nexthopd::mail {

Recipient parse_recipient(std::string_view text) {
    Recipient out;
    out.address = text;
    if (text == "*") {
        out.kind = Recipient::Kind::wildcard;
        return out;
    }
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0) return out;
    const auto domain = text.substr(at + 1);
    if (!domain.empty() && domain.front() == '[') {
        out.kind = Recipient::Kind::literal;
        return out;
    }
    if (!is_host_name(domain)) {
        const auto name = domain_name(domain);
        if (!name) return out;
        out.address.replace(at + 1, std::string::npos, *name);
    }
    // 192.0.2.1 without brackets is no domain.
    if (ip_address(std::string_view(out.address).substr(at + 1))) {
        out.address = text;
        return out;
    }
    out.kind = Recipient::Kind::mailbox;
    out.at = at;
    return out;
}

}  // namespace nexthopd::mail
