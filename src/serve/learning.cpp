#include "serve/learning.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <variant>

#include "base/log.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

/// Calls `work` for each item, with a pause for others after every so many.
template <class Items, class Work>
asio::awaitable<void> in_portions(const Items& items, Work work) {
    std::size_t done = 0;
    for (const auto& item : items) {
        work(item);
        if (++done % Learning::at_once == 0)
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
}

}  // namespace

asio::awaitable<void> Learning::remember(follow::Ready ready) {
    const auto now = clock_.now();
    const auto wall = clock_.wall();
    std::size_t ended = 0;
    rules::Effects effects;
    co_await in_portions(ready.holds, [&](const mail::Hold& hold) {
        if (hold.scope != mail::HoldScope::mail || hold.observed) {
            knowledge_.back_off.remember(hold, {now, wall}, effects);
        } else if (!knowledge_.holds.add(hold, now, wall)) {
            ++ended;
        } else if (!hold.queue_id.empty()) {
            knowledge_.holds.add_waiting(hold.id, hold.recipient, hold.queue_id);
            knowledge_.put_off.put_off(hold.recipient, hold.since);
        }
    });
    decided_(std::move(effects));
    co_await in_portions(ready.counters.cells, [&](const follow::CounterCells::Cell& cell) {
        const auto& names = ready.counters.names;
        knowledge_.counters.add(
            {names[cell.server], names[cell.domain], names[cell.reason], cell.result_class}, cell.minute,
            wall, cell.count);
    });
    log::info("remembered: holds={} ended_meanwhile={} servers={}", knowledge_.holds.size(), ended,
              knowledge_.counters.servers());
}

asio::awaitable<void> Learning::learn(follow::Learnt learnt) {
    const auto wall = clock_.wall();
    co_await in_portions(learnt.attempts, [&](const mail::Attempt& attempt) {
        if (attempt.counted)
            knowledge_.counters.add(
                {attempt.server, attempt.domain, attempt.reason, mail::result_class(attempt)}, attempt.time,
                wall);
        rules::Effects effects;
        judge(attempt, effects);
        decided_(std::move(effects));
    });
    co_await in_portions(learnt.earlier,
                         [&](const maillog::QueueEvent& earlier) { remember_event(earlier); });
    co_await in_portions(learnt.events, [&](const maillog::QueueEvent& queue_event) {
        std::visit([&](const auto& one) { event(one); }, queue_event);
    });
}

/// Whose servers they are is told by all of them where they are known, else by the one that was tried.
void Learning::judge(const mail::Attempt& attempt, rules::Effects& effects) {
    auto& back_off = knowledge_.back_off;
    if (back_off.rules().rules().empty()) return;
    if (attempt.status == mail::Status::sent && !back_off.wants_successes()) return;
    const auto now = clock_.now();
    const auto& providers = back_off.rules().providers();
    const auto set = resolver_.cached(attempt.domain, now);
    const auto* provider = providers.of_domain(attempt.domain);
    if (provider == nullptr)
        provider = set ? providers.of(attempt.domain, *set) : providers.of_host(attempt.server);
    back_off.attempt(attempt, provider, !knowledge_.log_gap.current(), {now, clock_.wall()}, effects);
}

asio::awaitable<void> Learning::see_queue(std::vector<mta::QueuedMessage> messages) {
    co_await in_portions(messages, [&](const mta::QueuedMessage& message) {
        knowledge_.queue.active(message.queue_id, message.sender, message.size, message.arrived);
        for (const auto& recipient : message.recipients) {
            knowledge_.queue.outcome(message.queue_id, recipient.address, true, false, message.arrived);
            if (!recipient.hold_id.empty()) held(recipient.hold_id, recipient.address, message.queue_id);
        }
    });
}

void Learning::held(const std::string& hold_id, const std::string& recipient, const std::string& queue_id) {
    if (knowledge_.back_off.waits(hold_id, recipient, queue_id, clock_.now())) return;
    knowledge_.back_off.left(queue_id, recipient);
    if (knowledge_.holds.add_waiting(hold_id, recipient, queue_id)) return;
    // The hold ended before the log told who waits under it. Whoever wrote that text, the worst it can do is
    // one more attempt of this message.
    if (knowledge_.holds.find_id(hold_id) == nullptr) releaser_.release(queue_id, recipient);
}

/// What is queued, and under which hold; nothing is released for what an earlier run has dealt with.
void Learning::remember_event(const maillog::QueueEvent& earlier) {
    const auto* const outcome = std::get_if<maillog::RecipientOutcome>(&earlier);
    if (outcome == nullptr) {
        std::visit([&](const auto& one) { event(one); }, earlier);
        return;
    }
    using Status = maillog::RecipientOutcome::Status;
    if (outcome->status == Status::deliverable || outcome->status == Status::undeliverable) return;
    const bool deferred = outcome->status == Status::deferred;
    knowledge_.queue.outcome(outcome->queue_id, outcome->recipient, deferred, outcome->attempted,
                             outcome->time);
    if (outcome->hold_id.empty())
        knowledge_.back_off.left(outcome->queue_id, outcome->recipient);
    else if (!knowledge_.back_off.waits(outcome->hold_id, outcome->recipient, outcome->queue_id,
                                        clock_.now()))
        knowledge_.holds.add_waiting(outcome->hold_id, outcome->recipient, outcome->queue_id);
}

void Learning::event(const maillog::MessageActive& active) {
    knowledge_.queue.active(active.queue_id, active.sender, active.size, active.time);
    knowledge_.log_gap.active(active.queue_id, active.time);
}

void Learning::event(const maillog::RecipientOutcome& outcome) {
    using Status = maillog::RecipientOutcome::Status;
    knowledge_.log_gap.outcome(outcome.queue_id, outcome.time);
    if (outcome.status == Status::deliverable || outcome.status == Status::undeliverable) return;
    const bool deferred = outcome.status == Status::deferred;
    knowledge_.queue.outcome(outcome.queue_id, outcome.recipient, deferred, outcome.attempted, outcome.time);
    if (!outcome.hold_id.empty())
        held(outcome.hold_id, outcome.recipient, outcome.queue_id);
    else {
        knowledge_.back_off.left(outcome.queue_id, outcome.recipient);
        releaser_.seen(outcome.recipient, outcome.queue_id);
    }
}

void Learning::event(const maillog::MessageGone& gone) {
    knowledge_.queue.gone(gone.queue_id);
    knowledge_.back_off.left(gone.queue_id);
    knowledge_.log_gap.gone(gone.queue_id);
}

void Learning::event(const maillog::LinesLost& lost) {
    knowledge_.log_gap.lost(lost.time, lost.why);
}

}  // namespace nexthopd::serve
