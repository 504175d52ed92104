#include "state/put_off.hpp"

namespace nexthopd::state {

base::WallTime PutOff::since(std::string_view address, base::WallTime now) const {
    if (by_address_.empty()) return now;
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? now : found->second->since;
}

void PutOff::put_off(std::string_view address, base::WallTime now) {
    if (const auto found = by_address_.find(address); found != by_address_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
        return;
    }
    if (by_address_.size() >= max_addresses) {
        by_address_.erase(std::string_view(entries_.back().address));
        entries_.pop_back();
    }
    entries_.push_front({std::string(address), now});
    by_address_.emplace(entries_.front().address, entries_.begin());
}

void PutOff::passed(std::string_view address) {
    if (by_address_.empty()) return;
    const auto found = by_address_.find(address);
    if (found == by_address_.end()) return;
    const auto place = found->second;
    by_address_.erase(found);
    entries_.erase(place);
}

}  // namespace nexthopd::state
