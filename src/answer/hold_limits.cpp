#include "answer/hold_limits.hpp"

#include <algorithm>

namespace nexthopd::answer {

std::optional<base::WallTime> hold_end(std::chrono::milliseconds length, const decide::MailFacts& facts,
                                       const Policy& policy, base::WallTime now) {
    const MtaView view = policy.mta.value_or(MtaView{});
    const auto arrived = facts.arrived == base::WallTime{} ? now : std::min(facts.arrived, now);
    const auto last = arrived + std::min<std::chrono::milliseconds>(view.queue_lifetime - 2 * view.maximal_backoff,
                                                                    policy.hold_max_total);
    // Shorter than a second is no wait: Postfix would be asked again at once.
    if (last < now + std::chrono::seconds(1)) return std::nullopt;
    const auto wanted = std::clamp<std::chrono::milliseconds>(length, std::chrono::seconds(1), policy.hold_max);
    return std::min(now + wanted, last);
}

}  // namespace nexthopd::answer
