// What is queued, as far as the log has shown it: which messages wait for a recipient, how large they
// are, how often they were tried, and which of them carry the text of one of our holds.
//
// Postfix names no message when it asks; this is where numRetries, messageSize and the queue ids to
// release come from. Bounded: when full, the message that was seen first is forgotten.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "decide/question.hpp"

namespace nexthopd::state {

class QueueView {
  public:
    static constexpr std::size_t max_messages = 200'000;
    static constexpr std::chrono::minutes expected{2};
    static constexpr std::size_t max_recipients = 1'000;  // of one message: smtpd_recipient_limit's default

    /// Message ids kept per recipient, the newest ones: bounds the work for a mailbox that gets everything.
    static constexpr std::size_t max_ids_per_recipient = 1'000;

    /// `queue active`: the message exists. Known again under the same id with another sender or size, it
    /// is a new message: Postfix reuses short queue ids.
    void active(std::string_view queue_id, std::string_view sender, std::uint64_t size, base::WallTime time);

    /// smtpd has taken the message: said before the queue manager sees it, so its line in the log is
    /// expected. `size` is without what Postfix adds.
    void taken(std::string_view queue_id, std::string_view sender, std::uint64_t size,
               const std::vector<std::string>& recipients, base::WallTime time);

    /// Forgets messages that were taken, but did not come to the queue within `expected`: a filter refused
    /// them.
    void prune(base::WallTime now);

    /// The outcome of one recipient. `deferred`: it stays in the queue; `attempted`: a server was really
    /// tried.
    void outcome(std::string_view queue_id, std::string_view recipient, bool deferred, bool attempted,
                 base::WallTime time);

    /// `removed`, or expired.
    void gone(std::string_view queue_id);

    /// Of the messages that wait for the recipient, the newest.
    decide::MailFacts facts(std::string_view recipient) const;

    /// Attempts so far at that recipient of that message; 0 where it is not known.
    std::uint32_t retries(std::string_view queue_id, std::string_view recipient) const;

    /// True while that recipient of that message is known to be in the queue.
    bool waits(std::string_view queue_id, std::string_view recipient) const;

    /// The recipients that the message waits for.
    std::vector<std::string> recipients(std::string_view queue_id) const;

    std::size_t messages() const { return messages_.size(); }

  private:
    struct Waiting {
        std::string recipient;
        std::uint32_t retries = 0;
    };
    struct Message {
        std::string sender;
        std::uint64_t size = 0;
        base::WallTime arrived{};
        bool taken = false;                        // and not in the queue yet
        std::list<std::string>::iterator place{};  // in order_
        std::vector<Waiting> waiting;
    };
    using Messages = boost::unordered_flat_map<std::string, Message, base::StringHash, std::equal_to<>>;

    void add_waiting(Messages::iterator message, std::string_view recipient, bool attempted);
    Messages::iterator find_or_add(std::string_view queue_id, base::WallTime time);
    void forget(Messages::iterator message);
    void unlink(std::string_view recipient, std::string_view queue_id);

    Messages messages_;
    // The ids of the messages that wait for a recipient, in the order in which that became known.
    boost::unordered_flat_map<std::string, std::vector<std::string>, base::StringHash, std::equal_to<>>
        by_recipient_;
    std::list<std::string> order_;   // the ids of all messages, the one seen first in front
    std::deque<std::string> taken_;  // of those that were taken, in order
};

}  // namespace nexthopd::state
