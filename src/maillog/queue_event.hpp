// What a Postfix log tells about the queue, beside the attempts: for the view of queued messages and
// for the release of holds.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/clock.hpp"

namespace nexthopd::maillog {

/// A message entered the active queue: on arrival, and again for every round of attempts.
struct MessageActive {
    base::WallTime time{};
    std::string queue_id;
    std::string sender;  // empty: the null sender
    std::uint64_t size = 0;
    std::uint32_t nrcpt = 0;
};

/// One recipient's delivery ended, or was put off. Of any delivery program, error(8) included.
struct RecipientOutcome {
    enum class Status { sent, deferred, bounced, expired, deliverable, undeliverable, other };
    base::WallTime time{};
    std::string queue_id;
    std::string recipient;  // as in mail::Attempt
    std::string orig_to;    // before aliasing, likewise; empty: the same
    Status status = Status::other;
    std::string hold_id;     // our hold put it off; empty otherwise
    bool attempted = false;  // a remote server was tried
};

/// The message left the queue, or was returned because it was too old.
struct MessageGone {
    base::WallTime time{};
    std::string queue_id;
};

/// Lines are missing here: what was logged meanwhile is not known.
struct LinesLost {
    base::WallTime time{};
    std::string why;  // printable
};

using QueueEvent = std::variant<MessageActive, RecipientOutcome, MessageGone, LinesLost>;

}  // namespace nexthopd::maillog
