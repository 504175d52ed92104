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
    auto name = domain_name(domain);
    if (!name || ip_address(*name)) return out;  // 192.0.2.1 without brackets is no domain
    out.kind = Recipient::Kind::mailbox;
    out.local = text.substr(0, at);
    out.domain = *std::move(name);
    out.address = out.local + '@' + out.domain;
    return out;
}

}  // namespace nexthopd::mail
