#include "dns/addresses.hpp"

#include <algorithm>

#include "dns/cname.hpp"

namespace nexthopd::dns {

namespace {

void add(Addresses& to, const AddressRecord& record, std::chrono::seconds ttl_limit) {
    const auto ttl = std::min(record.ttl, ttl_limit);
    to.ttl = to.state == Addresses::State::found ? std::min(to.ttl, ttl) : ttl;
    to.state = Addresses::State::found;
    const bool known = std::find(to.list.begin(), to.list.end(), record.address) != to.list.end();
    if (!known && to.list.size() < max_addresses) to.list.push_back(record.address);
}

}  // namespace

Addresses addresses_in(const Answer* answer, std::string_view name, Type type) {
    Addresses found;
    if (answer == nullptr || (answer->rcode != Rcode::noerror && answer->rcode != Rcode::nxdomain))
        return found;
    const auto chain = follow_cnames(*answer, std::string(name));
    if (!chain.valid || chain.endless) return found;
    for (const auto& record : answer->addresses) {
        if (record.owner.text == chain.end && record.address.is_v4() == (type == Type::a))
            add(found, record, chain.ttl);
    }
    if (found.state == Addresses::State::found) return found;
    // An alias whose target the server did not look up: nothing is known about the target.
    if (chain.links > 0 && answer->rcode == Rcode::noerror && !answer->negative_ttl) return found;
    found.state = Addresses::State::none;
    found.ttl = std::min(chain.ttl, answer->negative_ttl.value_or(std::chrono::seconds(0)));
    return found;
}

Addresses additional_addresses(const Answer& answer, std::string_view name) {
    Addresses found;
    for (const auto& record : answer.additional) {
        if (record.owner.text == name) add(found, record, std::chrono::seconds::max());
    }
    return found;
}

Addresses combine(const Addresses& a, const Addresses& aaaa) {
    using State = Addresses::State;
    Addresses both;
    if (a.state == State::found || aaaa.state == State::found)
        both.state = State::found;
    else if (a.state == State::none && aaaa.state == State::none)
        both.state = State::none;
    // A family without an address does not shorten the life of the other one's; a failed one does (0 s),
    // so that it is asked again soon.
    both.ttl = std::min(a.ttl, aaaa.ttl);
    if (a.state == State::none && aaaa.state == State::found) both.ttl = aaaa.ttl;
    if (a.state == State::found && aaaa.state == State::none) both.ttl = a.ttl;
    both.list = a.list;
    const auto room = max_addresses - std::min(max_addresses, both.list.size());
    const auto count = static_cast<std::ptrdiff_t>(std::min(room, aaaa.list.size()));
    both.list.insert(both.list.end(), aaaa.list.begin(), aaaa.list.begin() + count);
    return both;
}

}  // namespace nexthopd::dns
