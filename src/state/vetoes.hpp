// Which servers of a domain's MX set are left out, as its last decisions had it. smtp(8) asks record by
// record (smtp_dns_reply_filter) and names no message, so only what holds for every message can be enforced
// there.
//
// A veto ends 60 s after the decision that made it: smtp(8) asks right after the queue manager, and what is
// not confirmed by newer questions is not known any more. Of the last two decisions the less restrictive one
// counts.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "decide/question.hpp"

namespace nexthopd::state {

class Vetoes {
  public:
    static constexpr std::chrono::seconds valid{60};
    /// Answers that changed twice in `valid`, each time with the message, are taken to depend on it for so
    /// long.
    static constexpr std::chrono::minutes dependent_for{10};
    static constexpr std::size_t max_domains = 50'000;  // about 20 MB; further ones are not enforced here

    struct Mail {
        std::string_view connection;
        std::string_view sender;
        std::uint32_t retries = 0;
        std::uint64_t size = 0;
    };

    /// A decision about the MX set of `owner` (its canonical name): these servers were left out, others
    /// remain; or none was. True: smtp(8) will be told so. False: the answers depend on the message, or there
    /// is no room.
    bool decided(std::string_view owner, const std::vector<std::string>& left_out, const Mail& mail,
                 base::Instant now);

    /// What decided() would answer, without remembering anything.
    bool enforces(std::string_view owner, base::Instant now) const;

    bool left_out(std::string_view owner, std::string_view server, base::Instant now) const;

    /// Forgets domains without a decision lately, at most `limit` in a call.
    void prune(base::Instant now, std::size_t limit);

    std::size_t domains() const { return domains_.size(); }

  private:
    struct Made {
        base::Instant when{};
        std::vector<std::string> left_out;
    };
    struct Domain {
        std::optional<Made> newest;
        std::optional<Made> before;
        std::size_t mail = 0;                  // hash of the message of the newest decision
        std::optional<base::Instant> changed;  // when the answer changed with the message
        std::optional<base::Instant> dependent_until;

        bool dependent(base::Instant now) const { return dependent_until && now < *dependent_until; }
    };

    boost::unordered_flat_map<std::string, Domain, base::StringHash, std::equal_to<>> domains_;
    std::deque<std::string> order_;  // each domain once: the next to be looked at by prune() in front
};

}  // namespace nexthopd::state
