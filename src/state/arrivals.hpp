// Messages that smtpd is receiving, as its policy requests tell: who they are for is said at RCPT, queue id
// and size at the end. Joined by `instance`, they are known before the queue manager asks for the first
// recipient.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_hash.hpp"

namespace nexthopd::state {

class Arrivals {
  public:
    /// More than there are smtpd processes. Beyond the limits the message that began first is forgotten.
    static constexpr std::size_t max_messages = 5'000;
    static constexpr std::size_t max_recipients = 1'000;  // of one message: smtpd_recipient_limit's default
    static constexpr std::size_t max_all_recipients = 100'000;  // about 10 MB

    /// RCPT TO: `recipient` is canonical, as mail::Recipient has it.
    void recipient(std::string_view instance, std::string_view recipient);

    /// END-OF-MESSAGE: the recipients, and they are forgotten here. Empty: none is known.
    std::vector<std::string> end(std::string_view instance);

    std::size_t messages() const { return messages_.size(); }

  private:
    struct Message {
        std::vector<std::string> recipients;
        std::list<std::string>::iterator place{};  // in order_
    };
    using Messages = boost::unordered_flat_map<std::string, Message, base::StringHash, std::equal_to<>>;

    void forget(Messages::iterator message);

    Messages messages_;
    std::list<std::string> order_;  // the instances, the first one in front
    std::size_t all_recipients_ = 0;
};

}  // namespace nexthopd::state
