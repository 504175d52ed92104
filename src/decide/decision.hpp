// The step machine of one decision: it says what it needs next, is told, and ends with a verdict.
//
// It never waits, asks or looks at a clock, so the daemon, `explain` and the tests drive the same
// steps: GetCheckCache -> GetOverrides -> the MX set -> CheckServer for each server -> FinalOverrides.
// A hook that the script does not define is not a step.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decide/verdict.hpp"
#include "mail/mx_set.hpp"

namespace nexthopd::decide {

/// The hooks that a script defines.
struct Hooks {
    bool get_check_cache = false;
    bool get_overrides = false;
    bool check_server = false;
    bool final_overrides = false;
    bool any() const { return get_check_cache || get_overrides || check_server || final_overrides; }
};

/// The answer of GetOverrides and FinalOverrides.
struct Overrides {
    std::optional<mail::ServerMap> map;  // nullopt: the hook returned nil
    bool go_on = true;                   // false: act as if the destination had no MX and no address
};

/// The answer of CheckServer.
struct ServerAnswer {
    std::optional<bool> use;        // nullopt: the hook returned nil, defaultResult stands
    std::optional<double> minutes;  // the second return value
};

/// A server that CheckServer is asked about.
struct Candidate {
    mail::Server server;
    bool default_result = true;  // false: nexthopd and the MTA would not use it
    bool usable = true;          // false: it cannot be used whatever the hook says (bad name, this host)
};

class Decision {
  public:
    enum class Step { check_cache, overrides, mx_set, check_server, final_overrides, done };

    /// `hold_default`: the length of a hold when no hook said one.
    Decision(Hooks hooks, std::chrono::milliseconds hold_default);

    Step step() const { return step_; }

    /// mx_set: whether an answer from the cache is not wanted (GetCheckCache said false).
    bool fresh() const { return fresh_; }
    /// check_server: the server in question.
    const Candidate& candidate() const { return candidates_[at_]; }
    /// final_overrides: what is left, in order.
    const std::vector<mail::Server>& survivors() const { return survivors_; }

    /// The answers; each is called only at its step.
    void checked_cache(std::optional<bool> may_use_cache);
    void overridden(Overrides answer);
    void resolved(const mail::MxSet& set);
    void checked_server(ServerAnswer answer);
    void finalised(Overrides answer);
    /// At any step: something went wrong; the mail is left alone.
    void abandon(Cause cause, std::string detail = {});

    /// At done.
    const Verdict& verdict() const { return verdict_; }

  private:
    void finish(Verdict verdict);
    void begin_candidates();
    void after_candidates();
    void conclude();

    Hooks hooks_;
    std::chrono::milliseconds hold_default_;
    Step step_ = Step::check_cache;
    bool fresh_ = false;
    bool servers_changed_ = false;  // a hook changed the servers: else the MTA routes by itself
    std::string transport_;
    std::vector<Candidate> candidates_;
    std::size_t at_ = 0;
    std::vector<mail::Server> survivors_;
    std::vector<LeftOut> left_out_;
    Verdict verdict_;
};

}  // namespace nexthopd::decide
