#include "serve/reasons.hpp"

#include "base/log.hpp"

namespace nexthopd::serve {

bool Reasons::has_time(base::Instant now) {
    if (now - second_ >= std::chrono::seconds(1)) {
        second_ = now;
        spent_ = {};
    }
    return spent_ < time_per_second;
}

void Reasons::give(std::vector<mail::Attempt>& attempts, std::size_t first) {
    if (first == attempts.size()) return;
    in_use_ = latest_.load();
    patterns_ = latest_patterns_.load();
    if (!in_use_ && !patterns_) return;
    for (auto number = first; number < attempts.size(); ++number) {
        auto& attempt = attempts[number];
        if (attempt.status == mail::Status::sent) continue;
        const auto begun = std::chrono::steady_clock::now();
        if (!has_time(begun)) {
            if (skipped_++ % 100'000 == 0)
                log::warning(
                    "replies take too long to compare with the rules of [[reply]]: some attempts get no "
                    "reason");
            continue;
        }
        if (in_use_) {
            if (const auto found = in_use_->classify(attempt.result, attempt.stage)) {
                attempt.reason = to_text(found->rule->reason);
                attempt.wait = found->wait;
            }
        }
        if (patterns_) attempt.matched = patterns_->matching(attempt.result);
        spent_ += std::chrono::steady_clock::now() - begun;
    }
}

}  // namespace nexthopd::serve
