#include "maillog/messages.hpp"

namespace nexthopd::maillog {

std::optional<std::uint32_t> Message::retries(std::string_view recipient, base::WallTime time,
                                              std::optional<double> delay) {
    if (!seen_from_arrival_ && delay) {
        // Older than what was seen of it: there were rounds before. New mail becomes active at once.
        constexpr double slack = 2;
        const std::chrono::duration<double> seen = time - first_active;
        seen_from_arrival_ = *delay <= seen.count() + slack;
    }
    if (!seen_from_arrival_.value_or(false)) return std::nullopt;
    return tries_.of(recipient);
}

void Message::tried(std::string_view recipient) {
    if (!tries_.add(recipient)) seen_from_arrival_ = false;
}

void Messages::active(const QueueActive& line, std::string sender, base::WallTime time,
                      std::uint64_t number) {
    auto& message = messages_.at(line.queue_id, [](Message&) {});
    if (message.round == 0) message.first_active = time;
    message.round = ++rounds_;
    message.sender = std::move(sender);
    message.size = line.size;
    if (opened_.size() >= capacity) opened_.pop_front();
    opened_.push_back({std::string(line.queue_id), message.round, number, time});
}

std::uint64_t Messages::first_open_line(base::WallTime now) {
    for (; !opened_.empty(); opened_.pop_front()) {
        const auto& oldest = opened_.front();
        const auto* message = messages_.peek(oldest.queue_id);
        if (message != nullptr && message->round == oldest.round && now - oldest.time <= max_open)
            return oldest.line;
    }
    return 0;
}

}  // namespace nexthopd::maillog
