#include "maillog/tries.hpp"

#include <algorithm>

#include "base/string_hash.hpp"

namespace nexthopd::maillog {

std::uint32_t Tries::of(std::string_view recipient) const {
    const auto hash = base::StringHash{}(recipient);
    const auto found =
        std::find_if(tried_.begin(), tried_.end(), [&](const auto& entry) { return entry.first == hash; });
    return found == tried_.end() ? 0 : found->second;
}

bool Tries::add(std::string_view recipient) {
    const auto hash = base::StringHash{}(recipient);
    const auto found =
        std::find_if(tried_.begin(), tried_.end(), [&](const auto& entry) { return entry.first == hash; });
    if (found != tried_.end()) {
        ++found->second;
        return true;
    }
    if (tried_.size() >= max_recipients) return false;
    tried_.emplace_back(hash, 1);
    return true;
}

}  // namespace nexthopd::maillog
