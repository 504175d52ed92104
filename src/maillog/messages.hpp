// What is remembered of the messages in the queue, from the lines of the queue manager.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "maillog/postfix_line.hpp"
#include "maillog/recent_map.hpp"
#include "maillog/tries.hpp"

namespace nexthopd::maillog {

class Message {
  public:
    std::string sender;
    std::uint64_t size = 0;
    std::uint64_t round = 0;        // number of its newest "queue active" line, unique in this log
    base::WallTime first_active{};  // the first such line that was seen

    /// Attempts at this recipient in earlier rounds; nullopt when the log may not have been read from
    /// the message's arrival on. `delay` is the outcome line's.
    std::optional<std::uint32_t> retries(std::string_view recipient, base::WallTime time,
                                         std::optional<double> delay);
    /// This recipient was tried in this round and stays queued.
    void tried(std::string_view recipient);

  private:
    std::optional<bool> seen_from_arrival_;
    Tries tries_;
};

class Messages {
  public:
    /// The active queue holds 20 000 messages (qmgr_message_active_limit); every round begins with a line
    /// that tells sender and size anew, so only retries are lost when older ones are forgotten.
    static constexpr std::size_t capacity = 50'000;

    /// The longest pause within a delivery is smtp_data_done_timeout, 600 s. A message that waits longer for
    /// its turn is told by later lines well enough, but for its sender and size.
    static constexpr std::chrono::minutes max_open{10};

    /// `number`: of the line.
    void active(const QueueActive& line, std::string sender, base::WallTime time, std::uint64_t number);
    void removed(std::string_view queue_id) { messages_.erase(queue_id); }
    /// nullptr: unknown. Valid until the next call that is not const.
    Message* find(std::string_view queue_id) { return messages_.find(queue_id); }
    std::size_t size() const { return messages_.size(); }

    /// The oldest "queue active" line whose message is in the queue still, in the same round of attempts, and
    /// not for longer than max_open; 0: there is none.
    std::uint64_t first_open_line(base::WallTime now);

  private:
    struct Opened {
        std::string queue_id;
        std::uint64_t round = 0;
        std::uint64_t line = 0;
        base::WallTime time{};
    };
    RecentMap<std::string, Message, base::StringHash> messages_{capacity};
    std::uint64_t rounds_ = 0;
    std::deque<Opened> opened_;  // in the order of the lines, at most `capacity`
};

}  // namespace nexthopd::maillog
