// Whether the log has told everything lately. While it has not, what was counted is too little, and mail
// may have been delivered that looks as if it was not: no new conclusions are to be drawn from it.
//
// Two signs: somebody tells that lines were lost, and messages that the queue manager made active without
// any outcome since.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/string_hash.hpp"

namespace nexthopd::state {

class LogGap {
  public:
    /// What was counted in this time before now is incomplete after lines were lost.
    static constexpr std::chrono::minutes lasts{10};
    /// Longer without an outcome is unusual: connecting takes at most 30 s for each server, and a server has
    /// 300 s for its greeting and for a command.
    static constexpr std::chrono::minutes patience{10};
    /// A message whose end was lost is forgotten then.
    static constexpr std::chrono::minutes forgotten{60};
    /// qmgr_message_active_limit.
    static constexpr std::size_t max_messages = 20'000;

    struct Gap {
        base::WallTime since{};
        std::string why;
    };

    void lost(base::WallTime when, std::string why);
    void active(std::string_view queue_id, base::WallTime when);
    /// Of any recipient of the message.
    void outcome(std::string_view queue_id, base::WallTime when);
    void gone(std::string_view queue_id);

    /// Looks at the clock; to be called now and then, while everything that was logged before `now` has
    /// been told.
    void advance(base::WallTime now);

    /// As of the last advance().
    const std::optional<Gap>& current() const { return current_; }

  private:
    struct Message {
        std::string queue_id;
        base::WallTime active{};
    };
    using Messages = std::list<Message>;
    struct Place {
        Messages::iterator message{};
        bool overdue = false;
    };
    static constexpr std::size_t minutes_counted = 11;

    void forget(std::string_view queue_id);
    std::uint64_t outcomes(base::WallTime now) const;

    std::optional<Gap> told_;
    base::WallTime told_last_{};
    std::optional<base::WallTime> silent_since_;
    std::optional<Gap> current_;

    Messages fresh_;    // by the time they became active
    Messages overdue_;  // likewise
    boost::unordered_flat_map<std::string, Place, base::StringHash, std::equal_to<>> places_;
    struct Minute {
        std::int64_t number = -1;  // since 1970
        std::uint64_t outcomes = 0;
    };
    std::array<Minute, minutes_counted> minutes_;
};

}  // namespace nexthopd::state
