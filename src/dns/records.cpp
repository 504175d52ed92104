#include "dns/records.hpp"

#include <algorithm>

#include "dns/addresses.hpp"
#include "dns/cname.hpp"

namespace nexthopd::dns {

namespace {

Records addresses_as_records(const Answer* answer, const std::string& name, Type type) {
    const auto found = addresses_in(answer, name, type);
    Records out;
    out.ttl = found.ttl;
    switch (found.state) {
        case Addresses::State::found:
            out.state = Records::State::found;
            break;
        case Addresses::State::none:
            out.state = Records::State::none;
            break;
        case Addresses::State::failed:
            break;
    }
    for (const auto& address : found.list)
        out.texts.push_back(address.to_string());
    return out;
}

}  // namespace

Records records_in(const Answer* answer, const std::string& name, Type type) {
    if (type != Type::txt) return addresses_as_records(answer, name, type);
    Records out;
    if (answer == nullptr || (answer->rcode != Rcode::noerror && answer->rcode != Rcode::nxdomain))
        return out;
    const auto chain = follow_cnames(*answer, name);
    if (!chain.valid || chain.endless) return out;
    out.ttl = chain.ttl;
    for (const auto& record : answer->texts) {
        if (record.owner.text != chain.end || out.texts.size() == max_texts) continue;
        out.ttl = std::min(out.ttl, record.ttl);
        out.texts.push_back(record.text);
    }
    out.state = Records::State::found;
    if (!out.texts.empty()) return out;
    // An alias whose target the server did not look up: nothing is known about the target.
    if (chain.links > 0 && answer->rcode == Rcode::noerror && !answer->negative_ttl) return {};
    out.state = Records::State::none;
    out.ttl = std::min(chain.ttl, answer->negative_ttl.value_or(std::chrono::seconds(0)));
    return out;
}

}  // namespace nexthopd::dns
