#include "dns/mx.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace nexthopd::dns {

namespace {

using State = mail::MxSet::State;

/// Can this name from DNS be the name of a mail host? Postfix drops the same ones (valid_hostname.c): a label
/// that begins or ends with a hyphen, and names of digits and dots only, which are addresses or would be read
/// as one in the short forms of inet_aton(3).
bool is_usable(const Name& name) {
    if (!name.valid) return false;
    const std::string_view text = name.text;
    if (text.find_first_not_of("0123456789.") == std::string_view::npos) return false;
    return text.front() != '-' && text.back() != '-' && text.find("-.") == std::string_view::npos &&
           text.find(".-") == std::string_view::npos;
}

bool is_self(const mail::MxHost& host, const Self& self) {
    if (std::find(self.names.begin(), self.names.end(), host.name) != self.names.end()) return true;
    return std::any_of(host.addresses.begin(), host.addresses.end(), [&](const mail::IpAddress& address) {
        return std::find(self.addresses.begin(), self.addresses.end(), address) != self.addresses.end();
    });
}

/// RFC 5321 §5.1: this host, and all that rank at or behind it, are discarded, or mail would loop.
void mark_self(mail::MxSet& set, const Self& self) {
    const auto own = std::find_if(set.hosts.begin(), set.hosts.end(),
                                  [&](const mail::MxHost& host) { return is_self(host, self); });
    if (own == set.hosts.end()) return;
    const auto rank = own->preference;
    bool any_before = false;
    for (auto& host : set.hosts) {
        host.self = host.preference >= rank;
        any_before = any_before || (host.valid && !host.self);
    }
    set.best_is_self = !any_before;
}

void give(mail::MxHost& host, const Addresses& found) {
    host.addresses_known = found.state != Addresses::State::failed;
    host.addresses = found.list;
}

}  // namespace

MxLookup::MxLookup(std::string domain) {
    set_.domain = std::move(domain);
    set_.owner = set_.domain;
    if (const auto literal = mail::ip_address(set_.domain)) {
        mail::MxHost host;
        host.name = set_.domain;
        host.valid = false;
        host.addresses_known = true;
        host.addresses = {*literal};
        set_.hosts = {std::move(host)};
        set_.implicit = true;
        settle(State::hosts, std::chrono::seconds(0));
    } else if (mail::host_name(set_.domain) != set_.domain) {
        settle(State::failed, std::chrono::seconds(0));
    }
}

void MxLookup::settle(State state, std::chrono::seconds ttl) {
    set_.state = state;
    ttl_ = std::min(ttl_, ttl);
    need_ = state == State::hosts ? Need::hosts : Need::nothing;
}

void MxLookup::take_mx(const Answer* answer) {
    constexpr std::chrono::seconds unknown(0);
    if (answer == nullptr || (answer->rcode != Rcode::noerror && answer->rcode != Rcode::nxdomain))
        return settle(State::failed, unknown);

    secure_ = secure_ && answer->authentic;
    set_.secure = secure_;
    auto chain = follow_cnames(*answer, set_.owner, max_cnames - links_);
    links_ += chain.links;
    ttl_ = std::min(ttl_, chain.ttl);
    if (chain.endless) return settle(State::loop, unknown);
    if (!chain.valid) return settle(State::failed, unknown);
    set_.owner = std::move(chain.end);

    std::vector<const MxRecord*> records;
    for (const auto& record : answer->mx) {
        if (record.owner.text == set_.owner) records.push_back(&record);
    }
    if (!records.empty()) return take_records(records, *answer);

    // RFC 2308 §2.1: with aliases, the response code is about the last name of the chain.
    const auto negative = answer->negative_ttl.value_or(unknown);
    if (answer->rcode == Rcode::nxdomain) return settle(State::no_domain, negative);
    // An alias whose target the server did not look up, as an authoritative server does with one out of its
    // zones: need() stays mx, name() is now the target.
    if (chain.links > 0 && !answer->negative_ttl) return;
    ttl_ = std::min(ttl_, answer->negative_ttl.value_or(ttl_));
    need_ = Need::addresses;
}

void MxLookup::take_records(const std::vector<const MxRecord*>& records, const Answer& answer) {
    auto ttl = std::chrono::seconds::max();
    for (const auto* record : records) {
        ttl = std::min(ttl, record->ttl);
        // RFC 7505 §3: the root beside other records is an error of the zone; like Postfix, it is passed
        // over.
        if (record->exchange.root()) continue;
        mail::MxHost host;
        host.name = record->exchange.text;
        host.preference = record->preference;
        host.valid = is_usable(record->exchange);
        set_.hosts.push_back(std::move(host));
    }
    if (set_.hosts.empty()) return settle(State::null_mx, ttl);

    auto& hosts = set_.hosts;
    const auto by_name = [](const mail::MxHost& a, const mail::MxHost& b) {
        return std::tie(a.name, a.preference) < std::tie(b.name, b.preference);
    };
    const auto by_rank = [](const mail::MxHost& a, const mail::MxHost& b) {
        return std::tie(a.preference, a.name) < std::tie(b.preference, b.name);
    };
    std::sort(hosts.begin(), hosts.end(), by_name);
    const auto same_name = [](const mail::MxHost& a, const mail::MxHost& b) { return a.name == b.name; };
    hosts.erase(std::unique(hosts.begin(), hosts.end(), same_name), hosts.end());
    std::sort(hosts.begin(), hosts.end(), by_rank);
    if (hosts.size() > mail::MxSet::max_hosts) hosts.resize(mail::MxSet::max_hosts);

    for (auto& host : hosts) {
        if (const auto literal = mail::ip_address(host.name)) {
            host.addresses_known = true;
            host.addresses = {*literal};
        } else if (host.valid) {
            const auto found = additional_addresses(answer, host.name);
            give(host, found);
            if (host.addresses_known) ttl = std::min(ttl, found.ttl);
        }
    }
    settle(State::hosts, ttl);
}

void MxLookup::take_addresses(const Addresses& found) {
    if (found.state == Addresses::State::failed) return settle(State::failed, std::chrono::seconds(0));
    if (found.state == Addresses::State::none) return settle(State::no_hosts, found.ttl);
    mail::MxHost host;
    host.name = set_.owner;
    host.valid = is_usable(Name{set_.owner, true});
    give(host, found);
    set_.hosts = {std::move(host)};
    set_.implicit = true;
    settle(State::hosts, found.ttl);
}

std::vector<std::string> MxLookup::hosts_without_addresses() const {
    std::vector<std::string> names;
    if (need_ != Need::hosts) return names;
    std::size_t rank = 0;
    for (const auto& host : set_.hosts) {
        if (!host.valid) continue;
        if (rank++ == max_hosts_resolved) break;
        if (!host.addresses_known) names.push_back(host.name);
    }
    return names;
}

void MxLookup::take_host(std::string_view name, const Addresses& found) {
    for (auto& host : set_.hosts) {
        if (host.name != name) continue;
        give(host, found);
        ttl_ = std::min(ttl_, found.ttl);
    }
}

MxFound MxLookup::finish(const Self& self) && {
    if (need_ == Need::mx || need_ == Need::addresses) settle(State::failed, std::chrono::seconds(0));
    mark_self(set_, self);
    return {std::move(set_), ttl_};
}

}  // namespace nexthopd::dns
