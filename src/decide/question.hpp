// One question of an MTA, whatever the protocol, and what is known about the mail it is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "mail/recipient.hpp"

namespace nexthopd::decide {

/// What is known of the mail to that recipient (the script's numRetries and messageSize).
struct MailFacts {
    std::uint32_t retries = 0;      // attempts so far; 0: none, or not known
    std::uint64_t size = 0;         // bytes; 0: not known
    std::string sender;             // empty: null sender, or not known
    std::string queue_id;           // empty: not known
    bool exact = false;             // one message to that recipient is queued, and it is this one
    base::WallTime arrived{};       // epoch: not known
};

struct Question {
    std::string connection;     // from the map name, `transport.newsletters`; empty: the default connection
    mail::Recipient recipient;
    base::Instant arrival{};    // when its last byte was there: the deadline counts from here
    bool dry_run = false;       // asked by a person: same answer, nothing is remembered
    std::optional<std::uint64_t> assumed_size;     // with dry_run: instead of what the queue view knows
    std::optional<std::uint32_t> assumed_retries;
    /// What Exim says of its mail, but for the retries; Postfix names none. So this also tells who asks.
    std::optional<MailFacts> mail;
    bool relayed = false;       // Exim: else the mail leaves through a smarthost
    bool by_exim() const { return mail.has_value(); }
};

}  // namespace nexthopd::decide
