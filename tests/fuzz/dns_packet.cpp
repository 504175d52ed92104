// A DNS packet of a stranger -> parse_answer() -> MxLookup, as the client feeds it: the answer to the MX
// question, and again as the answer to whatever is asked next.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

#include "dns/mx.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;

namespace {

void require(bool held) {
    if (!held) std::abort();
}

void require_name(const Name& name) {
    for (const char c : name.text)
        require(c > 0x20 && c < 0x7F);
    require(!name.valid || mail::host_name(name.text) == name.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answer = parse_answer(std::span(data, size));
    if (!answer) return 0;
    for (const auto& record : answer->mx)
        require_name(record.exchange);
    for (const auto& record : answer->cnames)
        require_name(record.target);
    require(answer->mx.size() + answer->cnames.size() + answer->addresses.size() <= max_records);
    require(answer->additional.size() <= max_records);

    MxLookup lookup(answer->question ? answer->question->name : "example.com");
    for (int i = 0; lookup.need() == MxLookup::Need::mx; ++i) {
        require(i <= max_cnames);  // else an answer could keep the client asking
        lookup.take_mx(&*answer);
    }
    if (lookup.need() == MxLookup::Need::addresses) {
        lookup.take_addresses(combine(addresses_in(&*answer, lookup.name(), Type::a),
                                      addresses_in(&*answer, lookup.name(), Type::aaaa)));
    }
    for (const auto& host : lookup.hosts_without_addresses())
        lookup.take_host(host, addresses_in(&*answer, host, Type::a));
    const Self self{{"mx.example.com"}, {}};
    const auto set = std::move(lookup).finish(self).set;
    require(set.hosts.size() <= mail::MxSet::max_hosts);
    require(set.hosts.empty() == (set.state != mail::MxSet::State::hosts));
    for (const auto& host : set.hosts)
        require(!host.valid || mail::host_name(host.name) == host.name);
    return 0;
}
