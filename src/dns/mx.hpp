// The MX semantics of RFC 5321 §5.1 and RFC 7505: answers in, a mail::MxSet out. No I/O: the caller asks what
// need() says and hands the answers in, so the same code runs against a server and against a zone in a test.
//
//     MxLookup lookup(domain);
//     while (lookup.need() is mx or addresses) ask for lookup.name(), take_mx() or take_addresses();
//     for (host : lookup.hosts_without_addresses()) ask, take_host();     // as far as there is time
//     found = std::move(lookup).finish(self);
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dns/addresses.hpp"
#include "dns/cname.hpp"
#include "dns/wire.hpp"
#include "mail/mx_set.hpp"

namespace nexthopd::dns {

/// Hosts whose addresses are looked up, by rank. MTAs rarely come so far in one delivery; scripts may look at
/// all.
constexpr std::size_t max_hosts_resolved = 10;

/// The host nexthopd runs on, as it may show up in an MX set.
struct Self {
    std::vector<std::string> names;  // mail::host_name(): the names it receives mail under (myhostname)
    std::vector<mail::IpAddress> addresses;
    friend bool operator==(const Self&, const Self&) = default;
};

struct MxFound {
    mail::MxSet set;
    std::chrono::seconds ttl{0};  // what the records allow; 0 also where they say nothing
};

class MxLookup {
  public:
    enum class Need {
        mx,         // the MX records of name()
        addresses,  // the A and AAAA records of name(): it has no MX record
        hosts,      // nothing more is needed; addresses of hosts_without_addresses() are welcome
        nothing,
    };

    /// `domain`: lower-case A-labels. An IPv4 address is not looked up, it is its own (invalid) host.
    explicit MxLookup(std::string domain);

    Need need() const { return need_; }
    const std::string& name() const { return set_.owner; }

    /// The answer to (name(), MX); nullptr: no server gave a usable one.
    void take_mx(const Answer* answer);
    void take_addresses(const Addresses& found);

    /// Valid hosts by rank, at most max_hosts_resolved, whose addresses did not come with the MX records.
    std::vector<std::string> hosts_without_addresses() const;
    void take_host(std::string_view host, const Addresses& found);

    /// The set as far as it is known. Questions still open count as failed.
    MxFound finish(const Self& self) &&;

  private:
    void settle(mail::MxSet::State state, std::chrono::seconds ttl);
    void take_records(const std::vector<const MxRecord*>& records, const Answer& answer);

    mail::MxSet set_;
    std::chrono::seconds ttl_ = std::chrono::seconds::max();
    int links_ = 0;
    bool secure_ = true;  // so far, over all answers of the chain
    Need need_ = Need::mx;
};

}  // namespace nexthopd::dns
