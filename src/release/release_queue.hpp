// Which held messages are to be released when. No clock, no commands: times in, queue ids out.
//
// Postfix' qmgr keeps its last answer for 30 s (resolve_clnt.c): a message that is woken within that time of
// the question that was answered with the hold, with no other recipient asked since, is deferred again
// without a question. So such a release waits until the 30 s are over.
#pragma once

#include <array>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace nexthopd::release {

/// qmgr's cache, and a second for the times not being the same moment.
constexpr std::chrono::seconds qmgr_cache{31};
/// Without an effect a release is repeated after these times; then the MTA's own schedule has the mail.
constexpr std::array<std::chrono::seconds, 3> repeats{std::chrono::seconds(5), std::chrono::seconds(30),
                                                      std::chrono::seconds(120)};
constexpr std::size_t max_releases = 1'000'000;

struct Due {
    std::string queue_id;
    std::string recipient;
};

class ReleaseQueue {
  public:
    /// `per_second`: how many releases are given out in a second.
    explicit ReleaseQueue(double per_second) : per_second_(per_second) {}
    void set_rate(double per_second) { per_second_ = per_second; }

    /// The message waits for release, not before `earliest`. Known already: the earlier time holds.
    void add(std::string queue_id, std::string recipient, base::Instant earliest);

    /// The MTA asked about that recipient, or an outcome was logged: its releases have done their work. Those
    /// of one message, where the MTA named it.
    void seen(std::string_view recipient, std::string_view queue_id = {});

    /// What is to be released now, at most `limit` and the rate; each is due again later unless seen().
    std::vector<Due> take(base::Instant now, std::size_t limit);
    /// When take() may have something; nullopt: nothing waits.
    std::optional<base::Instant> next() const;

    std::size_t size() const { return by_time_.size(); }

  private:
    struct Item {
        base::Instant when{};
        std::size_t tries = 0;
    };
    using Key = std::pair<std::string, std::string>;  // recipient, queue id

    double per_second_;
    double allowance_ = 0;
    base::Instant filled_{};
    std::map<Key, Item> items_;
    std::set<std::pair<base::Instant, Key>> by_time_;
};

}  // namespace nexthopd::release
