// What a Postfix instance says of itself: the parameters that tell which mail is a matter of MX.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "mail/host_name.hpp"
#include "mail/tls_identity.hpp"
#include "mta/domain_table.hpp"

namespace nexthopd::mta {

/// The parameters that are asked for.
extern const std::vector<std::string> postconf_names;

struct PostfixView {
    std::string myhostname;
    std::string mail_owner;
    std::string syslog_name;    // what the tags of its log lines begin with
    std::string instance_name;  // multi_instance_name; empty: the default instance
    std::vector<std::string>
        local_domains;  // named in mydestination, virtual_alias_domains, virtual_mailbox_domains
    std::vector<std::string> relay_domains;  // these and the domains below them
    std::vector<DomainTable> tables;  // of those four parameters, and transport_maps: an entry is not ours
    std::vector<DomainTable> tls_tables;   // smtp_tls_policy_maps
    std::vector<std::string> local_files;  // `/file` entries: they name further domains
    std::vector<std::string> relay_files;
    bool relays = false;   // mail leaves through other hosts: relayhost, sender_dependent_*
    bool filters = false;  // smtp(8) asks nexthopd about MX records, in the default transport
    mail::TlsIdentity tls = mail::TlsIdentity::none;  // the strictest, also of services in master.cf
    std::vector<mail::IpAddress>
        addresses;                // inet_interfaces and proxy_interfaces that are written as addresses
    bool all_interfaces = false;  // inet_interfaces = all: every address of the machine, too
    std::vector<std::string> relay_hosts;     // relayhost and smtp_fallback_relay: host parts, lower case
    std::chrono::seconds queue_lifetime{0};   // maximal_queue_lifetime
    std::chrono::seconds maximal_backoff{0};  // maximal_backoff_time
};

/// `name = value` lines of `postconf -x` -> name and value.
std::map<std::string, std::string, std::less<>> parse_postconf(std::string_view text);

/// Reads the values; what is missing or not understood has Postfix' default.
PostfixView postfix_view(const std::map<std::string, std::string, std::less<>>& values);

/// `5d`, `300s`, `1h`, `0`: postconf(5)'s time values; nullopt for anything else. `unit` is that of a bare
/// number.
std::optional<std::chrono::seconds> postfix_time(std::string_view text, char unit);

/// The strictest level that a service of master.cf sets with -o: `postconf -Px` lines.
mail::TlsIdentity tls_of_services(std::string_view text);

/// Whether the service `transport` (master.cf: `name/unix/parameter = value` of `postconf -Px`, else
/// main.cf's value) has nexthopd's `mxfilter` map as its smtp_dns_reply_filter.
bool asks_mxfilter(std::string_view transport, std::string_view main_cf_value, std::string_view services);

/// Runs postconf(1) for that configuration directory, and reads the files it names. Blocks.
base::Result<PostfixView> ask_postconf(const std::string& config_directory);

/// The addresses of this machine's interfaces. Blocks for a moment.
std::vector<mail::IpAddress> interface_addresses();

}  // namespace nexthopd::mta
