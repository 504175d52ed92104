// One question on its way: hold? -> ours? -> hooks, MX set, hooks -> verdict, within its deadline.
//
// advance() goes as far as it can without waiting, which is all the way when the MX set is cached;
// finish() waits for what is missing, never beyond the deadline.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

#include "answer/pipeline.hpp"
#include "answer/script_host.hpp"
#include "answer/trace.hpp"
#include "base/error.hpp"
#include "decide/decision.hpp"
#include "decide/question.hpp"
#include "script/vm.hpp"

namespace nexthopd::answer {

class Run : private decide::HeldServers {
  public:
    enum class Need { nothing, destination, mx_set, hook };

    explicit Run(Pipeline& pipeline);
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    /// Begins a question at the time `now`; an earlier one is forgotten, its memory used again. `trace` may
    /// be nullptr.
    void start(decide::Question question, base::Instant now, Trace* trace = nullptr);
    Need advance();
    /// After advance() said that it needs something: ends with a verdict, whatever happens.
    boost::asio::awaitable<void> finish();

    /// When nothing is needed any more.
    const decide::Verdict& verdict() const { return verdict_; }
    const decide::Question& question() const { return question_; }

  private:
    base::Duration time_for_all() const {
        return question_.by_exim() ? policy_->exim_deadline : policy_->deadline;
    }
    base::Instant deadline() const { return question_.arrival + time_for_all(); }
    void settle_without_hooks();
    bool settle_held();
    std::string_view message() const;
    void take_facts();
    void admit();
    void consult_rules();
    bool covered(mail::HoldScope scope, std::string_view key);
    const rules::Provider* provider() const;
    std::optional<decide::LeftOut> held(std::string_view server) override;
    void throttle(decide::Verdict& verdict);
    std::optional<base::WallTime> end_of_hold(std::chrono::milliseconds length) const;
    void take_destination(const std::optional<DestinationFacts>& facts);
    std::optional<decide::Cause> objection(const mail::ServerMap& map) const;
    void take_cached_set();
    /// Waits for the lookup until the deadline, if it is worth it: else the question has ended, and the
    /// lookup goes on without it.
    template <class Found>
    boost::asio::awaitable<std::optional<Found>> wait_for(boost::asio::awaitable<Found> lookup,
                                                          LookupBreaker& breaker, const char* what);
    void run_hook();
    boost::asio::awaitable<void> feed_hook();
    script::HookRun::State start_hook(base::Instant limit);
    void after_hook(script::HookRun::State state, base::Instant started);
    void take_answer();
    void conclude(decide::Verdict verdict);
    void leave_to_filter(decide::Verdict& verdict);
    base::Result<std::string> written(const mail::ServerMap& map) const;
    void remember_for_exim();
    decide::Verdict make_hold(const decide::HoldFor& wanted);
    void leave_alone(decide::Cause cause, std::string detail = {});
    base::Duration share_of_time(base::Instant now) const;

    Pipeline& pipeline_;
    std::shared_ptr<const Policy> policy_;
    decide::Question question_;
    decide::MailFacts facts_;
    Trace* trace_ = nullptr;
    ScriptHost host_;
    decide::Decision decision_;
    std::optional<script::HookRun> call_;
    base::Duration script_time_{};  // what is left of the hooks' budget
    base::Instant
        now_{};  // read when it is looked at and after each hook, and used for the start of the next
    Need need_ = Need::nothing;
    bool admitted_ = false;    // the domain is ours to decide
    bool rules_apply_ = false;  // rules say something of some mail now
    bool consulted_ = false;    // they were asked about this mail
    bool domain_free_ = false;  // no hold of its domain covers it
    decide::Hooks hooks_;
    std::optional<decide::Cause> skip_hooks_;  // why they are not run
    std::shared_ptr<const mail::MxSet> set_;   // that rules were asked with
    bool tls_policy_ = false;  // the MTA has a TLS policy for it
    bool secure_set_ = true;   // its MX set is, or may be, secured by DNSSEC
    bool done_ = false;
    decide::Verdict verdict_;
};

}  // namespace nexthopd::answer
