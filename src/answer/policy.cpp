#include "answer/policy.hpp"

namespace nexthopd::answer {

bool Policy::delivered_otherwise(std::string_view domain) const {
    if (!local_domains.empty() && local_domains.contains(domain)) return true;
    if (mta->local_domains.contains(domain)) return true;
    if (decide_relay_domains || mta->relay_domains.empty()) return false;
    for (auto name = domain; !name.empty(); name.remove_prefix(std::min(name.find('.'), name.size() - 1) + 1))
        if (mta->relay_domains.contains(name)) return true;
    return false;
}

}  // namespace nexthopd::answer
