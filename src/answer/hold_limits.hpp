// How long a hold may be: the settings' limits and the end of the mail's time in the queue.
#pragma once

#include <chrono>
#include <optional>

#include "answer/policy.hpp"
#include "base/clock.hpp"
#include "decide/question.hpp"

namespace nexthopd::answer {

/// The end of a hold of `length` that begins at `now`, or nullopt when the mail may not be held any more: a
/// message that is held until its queue lifetime ends would be returned because of the hold. Two times
/// maximal_backoff_time are kept for real attempts. Mail whose arrival is not known counts as just arrived.
std::optional<base::WallTime> hold_end(std::chrono::milliseconds length, const decide::MailFacts& facts,
                                       const Policy& policy, base::WallTime now);

/// The moment from which Exim is not told any more that this mail waits: it returns what was put off until
/// its last retry rule ended. `put_off` is when the address was put off first. Half of that time is kept, for
/// real attempts and because a restart forgets `put_off`.
base::WallTime exim_patience(const decide::MailFacts& facts, base::WallTime put_off, const Policy& policy,
                             base::WallTime now);

/// As hold_end(), for mail of Exim.
std::optional<base::WallTime> exim_hold_end(std::chrono::milliseconds length, const decide::MailFacts& facts,
                                            base::WallTime put_off, const Policy& policy, base::WallTime now);

}  // namespace nexthopd::answer
