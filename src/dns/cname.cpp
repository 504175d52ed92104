#include "dns/cname.hpp"

#include <algorithm>

namespace nexthopd::dns {

Chain follow_cnames(const Answer& answer, std::string name, int limit) {
    Chain chain;
    chain.end = std::move(name);
    while (true) {
        const auto link =
            std::find_if(answer.cnames.begin(), answer.cnames.end(),
                         [&](const CnameRecord& record) { return record.owner.text == chain.end; });
        if (link == answer.cnames.end()) return chain;
        if (chain.links == limit) {
            chain.endless = true;
            return chain;
        }
        ++chain.links;
        chain.ttl = std::min(chain.ttl, link->ttl);
        chain.end = link->target.text;
        if (!link->target.valid) {
            chain.valid = false;
            return chain;
        }
    }
}

}  // namespace nexthopd::dns
