#include "rehearse/stage.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

#include "answer/run.hpp"
#include "ledger/store_sqlite.hpp"

namespace nexthopd::rehearse {

namespace asio = boost::asio;

Stage::Stage(answer::Policy policy)
    : store_(ledger::sqlite_store(database_)),
      clock_(base::from_unix_seconds(start)),
      reader_(database_),
      reader_thread_(database_),
      pipeline_(knowledge_, resolver_, tables_, reader_, reader_thread_, recorder_, clock_) {
    policy.observe = false;
    policy.mta.emplace();  // it is known, and delivers everything by MX
    // A machine that is busy with other things makes no test fail; a hook that loops still does.
    policy.script_time = std::chrono::seconds(2);
    policy.deadline = 2 * policy.script_time;
    pipeline_.set_policy(std::make_shared<const answer::Policy>(std::move(policy)));
}

base::Result<void> Stage::add(std::vector<mail::Attempt> attempts) {
    for (const auto& attempt : attempts)
        if (attempt.counted)
            knowledge_.counters.add(
                {attempt.server, attempt.domain, attempt.reason, mail::result_class(attempt)}, attempt.time,
                time());
    ledger::Batch batch;
    batch.attempts = std::move(attempts);
    return store_->append(batch);
}

StagedAnswer Stage::ask(std::string_view recipient) {
    decide::Question question;
    question.connection = mail_.connection;
    question.recipient = mail::parse_recipient(recipient);
    question.arrival = clock_.now();
    question.assumed_retries = mail_.retries;
    const auto& address = question.recipient.address;
    knowledge_.queue.active(mail_.queue_id, mail_.sender, mail_.size, time());
    knowledge_.queue.outcome(mail_.queue_id, address, true, false, time());
    answer::Trace trace(question.arrival);
    answer::Run run(pipeline_);
    run.start(question, clock_.now(), &trace);
    if (run.advance() != answer::Run::Need::nothing) {
        bool done = false;
        asio::co_spawn(io_, run.finish(), [&](const std::exception_ptr& /*none*/) { done = true; });
        io_.restart();
        while (!done)
            io_.run_one();
    }
    knowledge_.queue.gone(mail_.queue_id);
    return {run.verdict(), trace.steps()};
}

}  // namespace nexthopd::rehearse
