// The reasons of attempts, as they come from the log.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "classify/classifier.hpp"
#include "classify/patterns.hpp"
#include "mail/attempt.hpp"

namespace nexthopd::serve {

/// Hands rules to the thread that reads the logs. Each side holds the rules that it knows, so that those of
/// before a reload are freed by the reader: with the states of their automaton they are a few megabytes.
class Reasons {
  public:
    /// Of each second, for replies. A usual one takes 3 us, but one that is made for it can take 50 ms:
    /// beyond this, attempts get no reason, and the log is read on.
    static constexpr std::chrono::milliseconds time_per_second{400};

    /// On any thread. nullptr: no rules.
    void use(std::shared_ptr<const classify::Classifier> classifier,
             std::shared_ptr<const classify::Patterns> patterns) {
        latest_.store(std::move(classifier));
        latest_patterns_.store(std::move(patterns));
    }

    /// On the reader's thread only: the reason of each attempt that failed, the wait that its reply stated
    /// and the patterns of rules that it matches, from the `first` of the list on.
    void give(std::vector<mail::Attempt>& attempts, std::size_t first);

    /// Attempts that got no reason for want of time. On the reader's thread.
    std::uint64_t skipped() const { return skipped_; }

  private:
    bool has_time(base::Instant now);

    std::atomic<std::shared_ptr<const classify::Classifier>> latest_;
    std::shared_ptr<const classify::Classifier> in_use_;
    std::atomic<std::shared_ptr<const classify::Patterns>> latest_patterns_;
    std::shared_ptr<const classify::Patterns> patterns_;
    base::Instant second_{};  // when it began
    base::Instant::duration spent_{0};
    std::uint64_t skipped_ = 0;
};

}  // namespace nexthopd::serve
