#include "answer/hold_limits.hpp"

#include <algorithm>

namespace nexthopd::answer {

namespace {

base::WallTime arrival(const decide::MailFacts& facts, base::WallTime now) {
    return facts.arrived == base::WallTime{} ? now : std::min(facts.arrived, now);
}

std::optional<base::WallTime> end_before(base::WallTime last, std::chrono::milliseconds length,
                                         const Policy& policy, base::WallTime now) {
    // Shorter than a second is no wait: the MTA would ask again at once.
    if (last < now + std::chrono::seconds(1)) return std::nullopt;
    const auto wanted = std::clamp<std::chrono::milliseconds>(length, std::chrono::seconds(1), policy.hold_max);
    return std::min(now + wanted, last);
}

}  // namespace

std::optional<base::WallTime> hold_end(std::chrono::milliseconds length, const decide::MailFacts& facts,
                                       const Policy& policy, base::WallTime now) {
    const MtaView view = policy.mta.value_or(MtaView{});
    const auto last = arrival(facts, now) +
                      std::min<std::chrono::milliseconds>(view.queue_lifetime - 2 * view.maximal_backoff,
                                                                    policy.hold_max_total);
    return end_before(last, length, policy, now);
}

base::WallTime exim_patience(const decide::MailFacts& facts, base::WallTime put_off, const Policy& policy,
                             base::WallTime now) {
    const auto half = policy.exim_retry_limit / 2;
    // A message that is older than its address' record counts by its own age (retry_update()).
    const auto of_message = arrival(facts, now) + std::min(half, policy.hold_max_total);
    return std::min(of_message, std::min(put_off, now) + half);
}

std::optional<base::WallTime> exim_hold_end(std::chrono::milliseconds length, const decide::MailFacts& facts,
                                            base::WallTime put_off, const Policy& policy, base::WallTime now) {
    return end_before(exim_patience(facts, put_off, policy, now), length, policy, now);
}

}  // namespace nexthopd::answer
