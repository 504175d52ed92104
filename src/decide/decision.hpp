// The step machine of one decision: it says what it needs next, is told, and ends with a verdict.
//
// It never waits, asks or looks at a clock, so the daemon, `explain` and the tests drive the same
// steps: GetCheckCache -> GetOverrides -> the MX set -> CheckServer for each server -> FinalOverrides.
// A hook that the script does not define is not a step.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

/// A server that CheckServer is asked about. The name lives in the MX set or the server map it is from.
struct Candidate {
    std::string_view host;
    std::uint16_t preference = 0;
    std::uint16_t port = mail::smtp_port;
    bool default_result = true;  // false: a rule holds it, or nexthopd and the MTA would not use it
    bool usable = true;          // false: it cannot be used whatever the hook says (bad name, this host)
    bool held = false;           // a rule holds it: the MTA would use it
};

/// What rules say of servers.
class HeldServers {
  public:
    virtual ~HeldServers() = default;
    /// For how long the server is left out, and by which rule; nullopt: it is not.
    virtual std::optional<LeftOut> held(std::string_view server) = 0;
};

class Decision {
  public:
    enum class Step { check_cache, overrides, mx_set, check_server, final_overrides, done };

    Decision() = default;
    Decision(const Decision&) = delete;  // the candidates are views of its own names
    Decision& operator=(const Decision&) = delete;

    /// Begins; a decision before is forgotten, its memory used again. `hold_default`: the length of a hold
    /// when no hook said one. `held` may be nullptr: no rule says anything of servers. `transport`: the one
    /// for this mail where no hook names another; empty: its own.
    void begin(Hooks hooks, std::chrono::milliseconds hold_default, HeldServers* held = nullptr,
               std::string transport = {});

    Step step() const { return step_; }

    /// mx_set: whether an answer from the cache is not wanted (GetCheckCache said false).
    bool fresh() const { return fresh_; }
    /// check_server: the server in question.
    const Candidate& candidate() const { return candidates_[at_]; }
    /// final_overrides: what is left, in order.
    std::span<const Candidate> survivors() const { return survivors_; }

    /// The answers; each is called only at its step.
    void checked_cache(std::optional<bool> may_use_cache);
    void overridden(Overrides answer);
    void resolved(std::shared_ptr<const mail::MxSet> set);
    void checked_server(ServerAnswer answer);
    void finalised(Overrides answer);
    /// At any step: something went wrong; the mail is left alone.
    void abandon(Cause cause, std::string detail = {});

    /// The MX set that the servers are from; nullptr: it was not needed.
    const mail::MxSet* mx_set() const { return set_.get(); }

    /// At done.
    const Verdict& verdict() const { return verdict_; }
    Verdict take_verdict() { return std::move(verdict_); }

  private:
    void finish(Verdict verdict);
    void hold_candidates();
    void leave_out(const Candidate& candidate, std::optional<double> minutes);
    void begin_candidates();
    void after_candidates();
    void conclude();

    Hooks hooks_;
    HeldServers* held_servers_ = nullptr;
    std::string rules_transport_;
    std::vector<LeftOut> held_;  // candidates that rules hold
    std::chrono::milliseconds hold_default_;
    Step step_ = Step::check_cache;
    bool fresh_ = false;
    bool servers_added_ = false;              // a hook wants one that would not be used otherwise
    bool servers_changed_ = false;            // a hook changed the servers: else the MTA routes by itself
    mail::ServerMap map_;                     // of GetOverrides; its names are those of candidates_, or
    std::shared_ptr<const mail::MxSet> set_;  // this set's are
    std::vector<Candidate> candidates_;
    std::size_t at_ = 0;
    std::vector<Candidate> survivors_;
    std::vector<mail::Server> final_;  // of FinalOverrides, instead of the survivors
    std::vector<LeftOut> left_out_;
    Verdict verdict_;
};

}  // namespace nexthopd::decide
