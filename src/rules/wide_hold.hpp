// One hold of a domain, server or provider, and how it ends: half-open, as a step machine.
//
// closed: all its mail waits. When its time is over, one message goes out as a probe: the oldest that waits,
// or where none does the next that is asked about. A failure doubles the time, a success begins the ramp:
// messages leave in the order of their age at a pace that grows with each period in which one was taken, and
// is halved by a failure. From a pace of eight times the first on the hold ends when nothing waits; from 64
// times on it is lifted: everybody may go, and what waits is let go in portions. Times come from outside;
// nothing is done here but to say what is to be done.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "mail/hold.hpp"
#include "rules/rule.hpp"
#include "rules/waiting.hpp"

namespace nexthopd::rules {

/// The same moment on both clocks.
struct Moment {
    base::Instant now{};
    base::WallTime wall{};
};

class WideHold {
  public:
    enum class Phase { closed, probing, ramping, lifted };

    /// A released message has to be asked about within that time; the releaser tries three times in 155 s.
    static constexpr std::chrono::seconds permit{180};
    /// A probe without an outcome is sent again after that time: connecting and each command of SMTP may take
    /// 5 minutes (RFC 5321 section 4.5.3.2).
    static constexpr std::chrono::minutes patience{6};
    /// Nothing waits, and nobody asks: it ends so much later than it might have.
    static constexpr std::chrono::hours forgotten{1};
    static constexpr std::size_t at_once = 100;
    static constexpr std::uint32_t enough_when_empty = 8;
    static constexpr std::uint32_t enough = 64;

    /// From hold.until on the first probe may go. `hold_max`: each message is asked about within that time.
    WideHold(mail::Hold hold, const Rule& rule, std::chrono::milliseconds hold_max, Moment moment);

    const mail::Hold& hold() const { return hold_; }
    Phase phase() const { return phase_; }
    Waiting& waiting() { return waiting_; }
    const Waiting& waiting() const { return waiting_; }
    /// When the next probe goes out, if this one has no outcome.
    base::Instant probe_at() const { return due_; }
    /// While ramping: messages in each period of the rule's ramp.
    std::uint32_t pace() const { return pace_; }

    /// Mail to that recipient may go now. `commit`: and goes, which uses up what allowed it.
    bool admits(std::string_view recipient, Moment moment, bool commit);
    /// When mail that is asked about now may expect to go.
    base::Instant end(base::Instant now) const;

    /// An attempt at what is held has ended. `failed`: as a rule looks for it; `taken`: the server has taken
    /// mail, or judged the recipient or message, which is as good. True: hold() has changed.
    bool outcome(bool failed, bool taken, base::WallTime time, Moment moment);

    /// Everybody may go from now on.
    void lift(base::Instant now);

    struct Due {
        std::vector<HeldMessage> releases;
        bool over = false;
    };
    /// What is to be done now, at most `at_once` releases of it.
    Due advance(Moment moment);
    /// When advance() has something to do.
    base::Instant next() const;

  private:
    void close(Moment moment);
    void begin_probe(Moment moment);
    base::Duration slot() const { return base::Duration(ramp_.period) / std::max<std::uint32_t>(1, pace_); }
    void ramp(Due& due, Moment moment);
    void let_go(Due& due, base::Instant now);

    mail::Hold hold_;
    std::chrono::milliseconds most_;
    Limit ramp_;
    base::Duration hold_max_;
    Phase phase_ = Phase::closed;
    base::Instant due_{};   // closed: the probe; probing: another one; ramping: the next message
    base::Instant step_{};  // ramping: the end of this period
    base::WallTime probe_since_{};
    std::uint32_t pace_ = 0;
    bool succeeded_ = false;  // in this period
    bool failed_ = false;
    Waiting waiting_;
    boost::unordered_flat_map<std::string, base::Instant, base::StringHash, std::equal_to<>> permits_;
};

}  // namespace nexthopd::rules
