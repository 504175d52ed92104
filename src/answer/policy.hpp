// What the administrator and the MTA's own configuration say about decisions: replaced whole by a reload,
// kept by the questions that began with it.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "base/string_hash.hpp"
#include "ledger/privacy.hpp"
#include "mail/tls_identity.hpp"
#include "script/vm.hpp"

namespace nexthopd::answer {

using DomainSet = boost::unordered_flat_set<std::string, base::StringHash, std::equal_to<>>;

/// What the Postfix instances say of themselves (postconf): read beside, cached.
struct MtaView {
    DomainSet local_domains;  // domains that Postfix delivers itself: not a matter of MX
    DomainSet relay_domains;  // these and what is below them, likewise
    bool tables = false;      // it has tables that know more: answer/destinations
    bool relays = false;      // mail leaves through other hosts: relayhost and the like
    bool filters = false;     // smtp(8) asks about each MX record (smtp_dns_reply_filter)
    mail::TlsIdentity tls = mail::TlsIdentity::none;
    std::vector<uid_t> owners;  // whose questions are the MTA's own (mail_owner); empty: anybody's
    std::chrono::seconds queue_lifetime = std::chrono::hours(5 * 24);  // maximal_queue_lifetime, the shortest
    std::chrono::seconds maximal_backoff{4'000};                       // maximal_backoff_time, the longest
};

struct Policy {
    bool observe = false;
    std::chrono::milliseconds deadline{250};
    std::chrono::milliseconds exim_deadline{1'500};
    std::chrono::milliseconds script_time{50};
    std::chrono::milliseconds hold_default = std::chrono::minutes(5);
    std::chrono::milliseconds hold_max = std::chrono::hours(24);
    std::chrono::milliseconds hold_max_total = std::chrono::hours(48);
    std::chrono::milliseconds exim_retry_limit = std::chrono::hours(96);  // the end of its last retry rule
    bool bypass_relayhost = false;   // servers may be replaced although a relayhost is set
    bool insecure_override = false;  // and although TLS or DANE protect the domain
    bool decide_relay_domains = false;
    DomainSet local_domains;             // of the settings
    ledger::Privacy privacy;             // of what is logged
    std::shared_ptr<script::Vm> script;  // nullptr: none
    /// nullopt: not read yet, every domain is left alone. Without a Postfix configuration: an empty view.
    std::optional<MtaView> mta;

    /// Of the settings: the domain is to be left alone.
    bool named_local(std::string_view domain) const {
        return !local_domains.empty() && local_domains.contains(domain);
    }
    /// With `mta` known: the domain is not delivered by its MX records.
    bool delivered_otherwise(std::string_view domain) const;
    /// The peer is the MTA, so its question changes what is remembered; nullopt: there is no telling (TCP).
    bool asked_by_mta(std::optional<uid_t> peer) const;
};

}  // namespace nexthopd::answer
