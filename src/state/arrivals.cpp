#include "state/arrivals.hpp"

#include <utility>

namespace nexthopd::state {

void Arrivals::recipient(std::string_view instance, std::string_view recipient) {
    auto found = messages_.find(instance);
    if (found == messages_.end()) {
        if (messages_.size() >= max_messages) forget(messages_.find(order_.front()));
        Message message;
        message.place = order_.insert(order_.end(), std::string(instance));
        found = messages_.emplace(std::string(instance), std::move(message)).first;
    }
    auto& recipients = found->second.recipients;
    // Asked twice where two restrictions name the policy service.
    if (recipients.size() >= max_recipients || (!recipients.empty() && recipients.back() == recipient))
        return;
    recipients.emplace_back(recipient);
    if (++all_recipients_ > max_all_recipients) forget(messages_.find(order_.front()));
}

void Arrivals::forget(Messages::iterator message) {
    all_recipients_ -= message->second.recipients.size();
    order_.erase(message->second.place);
    messages_.erase(message);
}

std::vector<std::string> Arrivals::end(std::string_view instance) {
    const auto found = messages_.find(instance);
    if (found == messages_.end()) return {};
    auto out = found->second.recipients;
    forget(found);
    return out;
}

}  // namespace nexthopd::state
