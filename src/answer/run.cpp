#include "answer/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <exception>

#include "answer/hold_limits.hpp"
#include "answer/script_lookup.hpp"
#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "mail/nexthop.hpp"

namespace nexthopd::answer {

namespace asio = boost::asio;
using decide::Cause;
using Step = decide::Decision::Step;

Run::Run(Pipeline& pipeline)
    : pipeline_(pipeline),
      host_(pipeline.knowledge_, pipeline.resolver_, pipeline.reader_, pipeline.translations_, pipeline.store_,
            pipeline.clock_) {}

void Run::start(decide::Question question, base::Instant now, Trace* trace) {
    policy_ = pipeline_.policy_;
    question_ = std::move(question);
    trace_ = trace;
    host_.reset(trace, question_, facts_, policy_->observe);
    call_.reset();
    need_ = Need::nothing;
    admitted_ = false;
    rules_apply_ = consulted_ = domain_free_ = false;
    skip_hooks_.reset();
    set_.reset();
    tls_policy_ = false;
    secure_set_ = true;
    done_ = false;
    if (!question_.dry_run) ++pipeline_.statistics_.questions;
    now_ = now;
    settle_without_hooks();
}

void Run::settle_without_hooks() {
    const auto& recipient = question_.recipient;
    if (recipient.kind != mail::Recipient::Kind::mailbox) return leave_alone(Cause::not_a_mailbox);
    if (settle_held()) return;
    if (question_.by_exim()) {  // which domains are asked about is a matter of its router
        if (policy_->named_local(recipient.domain())) return leave_alone(Cause::not_ours);
    } else {
        if (!policy_->mta) return leave_alone(Cause::not_known_yet);
        if (policy_->delivered_otherwise(recipient.domain())) return leave_alone(Cause::not_ours);
    }
    hooks_ = policy_->script ? policy_->script->hooks() : decide::Hooks();
    rules_apply_ = !pipeline_.knowledge_.back_off.idle();
    if (!hooks_.any() && !rules_apply_) return leave_alone(Cause::no_hooks);
    if (hooks_.any()) {
        if (now_ - question_.arrival > time_for_all() / 2)
            skip_hooks_ = Cause::overloaded;
        else if (pipeline_.breaker_.open(now_))
            skip_hooks_ = Cause::hooks_paused;
        if (skip_hooks_ && !rules_apply_) return leave_alone(*skip_hooks_);
    }
    script_time_ = policy_->script_time;
    take_facts();
    if (!rules_apply_) decision_.begin(hooks_, policy_->hold_default);
}

/// The message that the question is about; empty where nobody said.
std::string_view Run::message() const {
    return question_.mail ? std::string_view(question_.mail->queue_id) : std::string_view();
}

bool Run::settle_held() {
    const auto& address = question_.recipient.address;
    auto& holds = pipeline_.knowledge_.holds;
    auto* held = holds.find(question_.connection, address, message());
    // Logs do not tell the connection: a rule's hold is of mail over any.
    if (held == nullptr && !question_.connection.empty()) {
        held = holds.find({}, address, message());
        if (held != nullptr && held->hold.version.empty()) held = nullptr;
    }
    const auto wall = pipeline_.clock_.wall();
    if (held == nullptr || held->over(now_, wall)) return false;
    if (question_.by_exim() &&
        exim_patience(*question_.mail, pipeline_.knowledge_.put_off.since(address, wall), *policy_, wall) <=
            wall) {
        leave_alone(Cause::past_queue_lifetime, "Exim would return mail that waits any longer");
        return true;
    }
    if (!question_.dry_run) {
        held->last_question = pipeline_.statistics_.questions;
        held->last_asked = now_;
    }
    conclude(decide::Held{held->hold.id, held->hold.until});
    return true;
}

void Run::take_facts() {
    const auto& queue = pipeline_.knowledge_.queue;
    if (question_.by_exim()) {
        facts_ = *question_.mail;
        facts_.retries = queue.retries(facts_.queue_id, question_.recipient.address);
    } else {
        facts_ = queue.facts(question_.recipient.address);
    }
    facts_.size = question_.assumed_size.value_or(facts_.size);
    facts_.retries = question_.assumed_retries.value_or(facts_.retries);
}

/// What the MTA's tables say of the domain.
void Run::admit() {
    if (question_.by_exim() || !policy_->mta->tables) return take_destination(DestinationFacts());
    if (const auto facts = pipeline_.destinations_.known(question_.recipient.domain(), now_))
        return take_destination(facts);
    need_ = Need::destination;
}

void Run::take_destination(const std::optional<DestinationFacts>& facts) {
    if (!facts) return leave_alone(Cause::not_known_yet, "the MTA's tables cannot be read");
    if (facts->delivered_otherwise) return leave_alone(Cause::not_ours);
    tls_policy_ = facts->tls_policy;
    admitted_ = true;
}

Run::Need Run::advance() {
    need_ = Need::nothing;
    if (!done_ && !admitted_) admit();
    if (!done_ && need_ == Need::nothing && rules_apply_ && !consulted_) consult_rules();
    while (!done_ && need_ == Need::nothing) {
        switch (decision_.step()) {
            case Step::done:
                conclude(decision_.take_verdict());
                break;
            case Step::mx_set:
                take_cached_set();
                break;
            default:
                run_hook();
        }
    }
    host_.pause();
    return need_;
}

void Run::take_cached_set() {
    if (!decision_.fresh()) {
        if (set_) return decision_.resolved(set_);
        if (auto set = pipeline_.resolver_.cached(question_.recipient.domain(), now_)) {
            if (trace_ != nullptr)
                trace_->add("mx", fmt::format("{} servers from the cache", set->hosts.size()));
            secure_set_ = set->secure;
            return decision_.resolved(std::move(set));
        }
    }
    need_ = Need::mx_set;
}

base::Duration Run::share_of_time(base::Instant now) const {
    return std::min<base::Duration>(script_time_, (deadline() - now) / 2);
}

void Run::run_hook() {
    const auto started = now_;
    const auto share = share_of_time(started);
    if (share.count() <= 0) return leave_alone(Cause::deadline);
    if (!call_) call_.emplace(policy_->script, host_, question_.connection);
    after_hook(start_hook(started + share), started);
}

script::HookRun::State Run::start_hook(base::Instant limit) {
    const auto domain = question_.recipient.domain();
    switch (decision_.step()) {
        case Step::check_cache:
            return call_->get_check_cache(domain, facts_, limit);
        case Step::overrides:
            return call_->get_overrides(domain, facts_, limit);
        case Step::check_server: {
            const auto& candidate = decision_.candidate();
            return call_->check_server(domain, candidate.host, facts_, candidate.default_result, limit);
        }
        default:
            return call_->final_overrides(domain, facts_, decision_.survivors(), limit);
    }
}

void Run::after_hook(script::HookRun::State state, base::Instant started) {
    now_ = pipeline_.clock_.now();
    script_time_ -= now_ - started;
    if (!question_.dry_run) pipeline_.statistics_.hook_times.observe(now_ - started);
    switch (state) {
        case script::HookRun::State::finished:
            return take_answer();
        case script::HookRun::State::waiting:
            need_ = Need::hook;
            return;
        case script::HookRun::State::failed:
            return leave_alone(Cause::script_error, call_->error());
        case script::HookRun::State::out_of_time:
            break;
    }
    if (!question_.dry_run) {
        ++pipeline_.statistics_.overruns;
        if (pipeline_.breaker_.overrun(now_))
            log::warning("hooks used up their time {} times within a minute: they are skipped for {} s",
                         Breaker::overruns, Breaker::pause.count());
    }
    leave_alone(Cause::script_time,
                fmt::format("{} was stopped after {} ms", call_->hook_name(),
                            std::chrono::duration_cast<std::chrono::milliseconds>(now_ - started).count()));
}

void Run::take_answer() {
    const auto bad = [&](const base::Error& error) { leave_alone(Cause::script_error, error.text); };
    switch (decision_.step()) {
        case Step::check_cache: {
            const auto answer = call_->check_cache_answer();
            if (!answer) return bad(answer.error());
            if (trace_ != nullptr)
                trace_->add("GetCheckCache", *answer ? (**answer ? "true" : "false") : "nil");
            return decision_.checked_cache(*answer);
        }
        case Step::check_server: {
            const auto answer = call_->server_answer();
            if (!answer) return bad(answer.error());
            if (trace_ != nullptr) {
                const auto& candidate = decision_.candidate();
                trace_->add(
                    "CheckServer " + std::string(candidate.host),
                    fmt::format("default {}, answer {}{}", candidate.default_result,
                                answer->use ? (*answer->use ? "true" : "false") : "nil",
                                answer->minutes ? fmt::format(", {} minutes", *answer->minutes) : ""));
            }
            return decision_.checked_server(*answer);
        }
        default:
            break;
    }
    auto answer = call_->overrides_answer();
    if (!answer) return bad(answer.error());
    if (trace_ != nullptr) {
        const auto text = answer->map ? mail::nexthop_text(*answer->map).value_or("?") : std::string("nil");
        trace_->add(call_->hook_name(), answer->go_on ? text : text + ", false");
    }
    if (decision_.step() == Step::overrides) return decision_.overridden(*std::move(answer));
    decision_.finalised(*std::move(answer));
}

template <class Found>
asio::awaitable<std::optional<Found>> Run::wait_for(asio::awaitable<Found> lookup, LookupBreaker& breaker,
                                                    const char* what) {
    using namespace asio::experimental::awaitable_operators;
    const auto executor = co_await asio::this_coro::executor;
    if (breaker.open(now_)) {
        asio::co_spawn(executor, std::move(lookup), [](const std::exception_ptr&, const Found&) {});
        leave_alone(Cause::deadline, std::string(what) + ": none came in time lately");
        co_return std::nullopt;
    }
    asio::steady_timer timer(executor, deadline());
    // As a tuple: `||` waits for the timer when the other side throws.
    auto running = asio::co_spawn(executor, std::move(lookup), base::no_throw);
    auto answer = co_await (std::move(running) || timer.async_wait(base::no_throw));
    now_ = pipeline_.clock_.now();
    if (answer.index() != 0) {
        if (breaker.missed(now_))
            log::warning("{}: {} in succession did not come in time; for {} s nobody waits for one", what,
                         LookupBreaker::misses, LookupBreaker::pause.count());
        leave_alone(Cause::deadline, std::string(what) + ": it goes on");
        co_return std::nullopt;
    }
    auto& [failure, found] = std::get<0>(answer);
    if (failure) std::rethrow_exception(failure);
    breaker.came_in_time();
    co_return std::move(found);
}

/// Gets what the hook waits for, and lets it go on. A lookup may take until the deadline, as that of the MX
/// set may; a query takes of the script's own time.
asio::awaitable<void> Run::feed_hook() {
    script::Awaited result;
    if (const auto* const lookup = call_->pending_lookup()) {
        auto looking = look_up(pipeline_.resolver_, *lookup);
        auto found = co_await wait_for(std::move(looking), pipeline_.script_lookups_, "lookups of the script");
        if (!found) co_return;
        result = *std::move(found);
    } else {
        const auto started = pipeline_.clock_.now();
        auto pending = *call_->pending_query();
        result = co_await pipeline_.reader_thread_.run(std::move(pending), started + share_of_time(started));
        if (const auto* const rows = std::get_if<ledger::Rows>(&result)) host_.answered(*rows);
        script_time_ -= pipeline_.clock_.now() - started;
    }
    now_ = pipeline_.clock_.now();
    need_ = Need::nothing;
    after_hook(call_->resume(std::move(result), now_ + share_of_time(now_)), now_);
}

asio::awaitable<void> Run::finish() {
    try {
        while (need_ != Need::nothing) {
            if (need_ == Need::destination) {
                auto lookup = pipeline_.destinations_.look_up(std::string(question_.recipient.domain()));
                const auto facts = co_await wait_for(std::move(lookup), pipeline_.table_lookups_,
                                                     "lookups in the MTA's tables");
                if (!facts) break;
                take_destination(*facts);
            } else if (need_ == Need::mx_set) {
                const bool fresh = (!rules_apply_ || consulted_) && decision_.fresh();
                auto lookup = pipeline_.resolver_.mx(std::string(question_.recipient.domain()), fresh);
                auto set = co_await wait_for(std::move(lookup), pipeline_.mx_lookups_, "MX lookups");
                if (!set) break;
                if (trace_ != nullptr)
                    trace_->add("mx", fmt::format("{} servers looked up", (*set)->hosts.size()));
                secure_set_ = (*set)->secure;
                if (rules_apply_ && !consulted_)
                    set_ = *std::move(set);
                else
                    decision_.resolved(*std::move(set));
            } else {
                co_await feed_hook();
                if (done_) break;
                if (need_ == Need::hook) {
                    host_.pause();
                    continue;
                }
            }
            advance();
        }
    } catch (const std::exception& failure) {
        leave_alone(Cause::internal_error, failure.what());
    }
    need_ = Need::nothing;
}

}  // namespace nexthopd::answer
