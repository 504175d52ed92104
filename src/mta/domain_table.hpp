// A lookup table of Postfix that says something about domains, asked with the instance's own postmap(1).
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace nexthopd::mta {

struct DomainTable {
    /// What is looked up for a domain.
    enum class Keys {
        domain,      // the domain itself (mydestination and the like)
        subdomains,  // and the domains above it (relay_domains: parent_domain_matches_subdomains)
        dotted,      // and `.example.com` of those above it (smtp_tls_policy_maps)
        transport,   // all of these, and `*` (transport(5))
    };
    std::string name;  // `hash:/etc/postfix/transport`; without `proxy:`, whose service only Postfix reaches
    Keys keys = Keys::domain;
    friend bool operator==(const DomainTable&, const DomainTable&) = default;
};

/// The tables of a parameter's value: its words that name one, `{` `}` kept together. nexthopd's own socketmap
/// is none.
std::vector<DomainTable> tables_in(std::string_view value, DomainTable::Keys keys);

/// The words of a list of postconf(5): separated by commas and white space, braces kept together.
std::vector<std::string_view> words(std::string_view text);

/// The keys to look up, the most specific first. `domain`: lower-case A-labels.
std::vector<std::string> keys_of(DomainTable::Keys kind, std::string_view domain);

/// Which of `keys` the table has. Runs postmap(1); blocks.
base::Result<std::set<std::string, std::less<>>> find_keys(const std::string& config_directory, const DomainTable& table,
                                                           const std::vector<std::string>& keys);

/// `KEY<tab>VALUE` lines of `postmap -q -` -> the keys.
std::set<std::string, std::less<>> parse_postmap(std::string_view text);

}  // namespace nexthopd::mta
