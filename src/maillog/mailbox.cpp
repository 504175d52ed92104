#include "maillog/mailbox.hpp"

#include "base/text.hpp"
#include "mail/host_name.hpp"
#include "maillog/logged_text.hpp"

namespace nexthopd::maillog {

Mailbox mailbox(std::string_view logged) {
    Mailbox out;
    out.address = logged_text(logged, max_address);
    const auto at = out.address.rfind('@');
    if (at == std::string::npos) return out;
    const auto domain = std::string_view(out.address).substr(at + 1);
    if (auto name = mail::domain_name(domain)) {
        out.domain = *std::move(name);
        out.address.replace(at + 1, std::string::npos, out.domain);
    } else {
        out.domain = base::lower(domain);
    }
    return out;
}

}  // namespace nexthopd::maillog
