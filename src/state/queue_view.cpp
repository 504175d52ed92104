#include "state/queue_view.hpp"

#include <algorithm>

namespace nexthopd::state {

QueueView::Messages::iterator QueueView::find_or_add(std::string_view queue_id, base::WallTime time) {
    auto found = messages_.find(queue_id);
    if (found != messages_.end()) return found;
    if (messages_.size() >= max_messages) forget(messages_.find(order_.front()));
    Message message;
    message.arrived = time;
    message.place = order_.insert(order_.end(), std::string(queue_id));
    return messages_.emplace(std::string(queue_id), std::move(message)).first;
}

void QueueView::forget(Messages::iterator message) {
    for (const auto& waiting : message->second.waiting)
        unlink(waiting.recipient, message->first);
    order_.erase(message->second.place);
    messages_.erase(message);
}

void QueueView::unlink(std::string_view recipient, std::string_view queue_id) {
    const auto found = by_recipient_.find(recipient);
    if (found == by_recipient_.end()) return;
    std::erase(found->second, queue_id);
    if (found->second.empty()) by_recipient_.erase(found);
}

void QueueView::active(std::string_view queue_id, std::string_view sender, std::uint64_t size,
                       base::WallTime time) {
    const auto known = messages_.find(queue_id);
    if (known != messages_.end() && known->second.taken) {
        known->second.taken = false;
    } else if (known != messages_.end() && known->second.size != 0 &&
               (known->second.size != size || known->second.sender != sender))
        forget(known);
    auto& message = find_or_add(queue_id, time)->second;
    message.sender = sender;
    message.size = size;
}

void QueueView::outcome(std::string_view queue_id, std::string_view recipient, bool deferred, bool attempted,
                        base::WallTime time) {
    if (!deferred) {
        const auto found = messages_.find(queue_id);
        if (found == messages_.end()) return;
        std::erase_if(found->second.waiting, [&](const Waiting& w) { return w.recipient == recipient; });
        unlink(recipient, queue_id);
        return;
    }
    add_waiting(find_or_add(queue_id, time), recipient, attempted);
}

void QueueView::add_waiting(Messages::iterator message, std::string_view recipient, bool attempted) {
    auto& waiting = message->second.waiting;
    auto place = std::find_if(waiting.begin(), waiting.end(),
                              [&](const Waiting& w) { return w.recipient == recipient; });
    if (place == waiting.end()) {
        if (waiting.size() >= max_recipients) return;
        place = waiting.insert(waiting.end(), Waiting{std::string(recipient), 0});
        auto& ids = by_recipient_[std::string(recipient)];
        if (ids.size() >= max_ids_per_recipient) ids.erase(ids.begin());
        ids.emplace_back(message->first);
    }
    if (attempted) ++place->retries;
}

void QueueView::taken(std::string_view queue_id, std::string_view sender, std::uint64_t size,
                      const std::vector<std::string>& recipients, base::WallTime time) {
    const auto message = find_or_add(queue_id, time);
    // The log was faster: it knows better.
    if (message->second.size == 0) {
        message->second.sender = sender;
        message->second.size = size;
        message->second.taken = true;
        taken_.emplace_back(queue_id);
    }
    for (const auto& recipient : recipients)
        add_waiting(message, recipient, false);
}

void QueueView::prune(base::WallTime now) {
    while (!taken_.empty()) {
        const auto message = messages_.find(taken_.front());
        if (message != messages_.end() && message->second.taken) {
            if (now - message->second.arrived < expected) return;
            forget(message);
        }
        taken_.pop_front();
    }
}

void QueueView::gone(std::string_view queue_id) {
    const auto found = messages_.find(queue_id);
    if (found != messages_.end()) forget(found);
}

decide::MailFacts QueueView::facts(std::string_view recipient) const {
    decide::MailFacts out;
    const auto ids = by_recipient_.find(recipient);
    if (ids == by_recipient_.end()) return out;
    const auto& id = ids->second.back();
    const auto message = messages_.find(id);
    if (message == messages_.end()) return out;
    out.queue_id = id;
    out.sender = message->second.sender;
    out.size = message->second.size;
    out.arrived = message->second.arrived;
    out.exact = ids->second.size() == 1;
    for (const auto& waiting : message->second.waiting)
        if (waiting.recipient == recipient) out.retries = waiting.retries;
    return out;
}

std::uint32_t QueueView::retries(std::string_view queue_id, std::string_view recipient) const {
    const auto found = messages_.find(queue_id);
    if (found == messages_.end()) return 0;
    for (const auto& waiting : found->second.waiting)
        if (waiting.recipient == recipient) return waiting.retries;
    return 0;
}

bool QueueView::waits(std::string_view queue_id, std::string_view recipient) const {
    const auto found = messages_.find(queue_id);
    return found != messages_.end() &&
           std::any_of(found->second.waiting.begin(), found->second.waiting.end(),
                       [&](const Waiting& w) { return w.recipient == recipient; });
}

std::vector<std::string> QueueView::recipients(std::string_view queue_id) const {
    std::vector<std::string> out;
    const auto found = messages_.find(queue_id);
    if (found == messages_.end()) return out;
    for (const auto& waiting : found->second.waiting)
        out.push_back(waiting.recipient);
    return out;
}

}  // namespace nexthopd::state
