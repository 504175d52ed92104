#include "answer/policy.hpp"

#include <algorithm>

namespace nexthopd::answer {

bool Policy::delivered_otherwise(std::string_view domain) const {
    if (named_local(domain)) return true;
    if (mta->local_domains.contains(domain)) return true;
    if (decide_relay_domains || mta->relay_domains.empty()) return false;
    for (auto name = domain; !name.empty(); name.remove_prefix(std::min(name.find('.'), name.size() - 1) + 1))
        if (mta->relay_domains.contains(name)) return true;
    return false;
}

bool Policy::asked_by_mta(std::optional<uid_t> peer) const {
    if (!peer || !mta || mta->owners.empty()) return true;
    return std::find(mta->owners.begin(), mta->owners.end(), *peer) != mta->owners.end();
}

}  // namespace nexthopd::answer
