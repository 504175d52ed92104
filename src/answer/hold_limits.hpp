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

}  // namespace nexthopd::answer
