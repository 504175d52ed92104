#include "answer/pipeline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"
#include "base/text.hpp"

namespace nexthopd::answer {

namespace {

/// Causes that are somebody's mistake or trouble, and worth a line in the log.
bool is_trouble(decide::Cause cause) {
    using decide::Cause;
    switch (cause) {
        case Cause::deadline:
        case Cause::overloaded:
        case Cause::hooks_paused:
        case Cause::script_error:
        case Cause::script_time:
        case Cause::past_queue_lifetime:
        case Cause::internal_error:
            return true;
        default:
            return false;
    }
}

constexpr std::chrono::seconds between_complaints{60};

template <std::size_t... I>
std::array<base::RateLimit, sizeof...(I)> rate_limits(std::index_sequence<I...> /*indices*/) {
    return {((void)I, base::RateLimit(between_complaints))...};
}

}  // namespace

Pipeline::Pipeline(Knowledge& knowledge, dns::Resolver& resolver, Destinations& destinations,
                   ledger::Reader& reader, ReaderThread& reader_thread, Recorder& recorder,
                   const base::Clock& clock)
    : knowledge_(knowledge),
      resolver_(resolver),
      destinations_(destinations),
      reader_(reader),
      reader_thread_(reader_thread),
      recorder_(recorder),
      clock_(clock),
      complaints_(rate_limits(std::make_index_sequence<decide::cause_count>())) {}

void Pipeline::look_up_ahead(boost::asio::any_io_executor executor, std::string_view domain) {
    if (!policy_->mta || policy_->delivered_otherwise(domain)) return;
    const bool hooks = policy_->script && policy_->script->hooks().any();
    if (!hooks && !knowledge_.back_off.asks_for_servers()) return;
    const auto now = clock_.now();
    // Nobody waits for them; what they find is remembered where it was looked for.
    if (policy_->mta->tables && !destinations_.known(domain, now))
        boost::asio::co_spawn(executor, destinations_.look_up(std::string(domain)), boost::asio::detached);
    if (!resolver_.cached(domain, now))
        boost::asio::co_spawn(executor, resolver_.mx(std::string(domain), false), boost::asio::detached);
}

void Pipeline::complain(const decide::LeaveAlone& left_alone, const decide::Question& question) {
    if (!is_trouble(left_alone.cause)) return;
    auto& limit = complaints_[static_cast<std::size_t>(left_alone.cause)];
    const auto left_out = limit.permit(clock_.now());
    if (!left_out) return;
    log::warning("left alone: cause={} domain={} {}{}", decide::to_text(left_alone.cause),
                 question.recipient.domain(), left_alone.detail,
                 *left_out == 0 ? std::string() : fmt::format(" ({} like it before)", *left_out));
}

}  // namespace nexthopd::answer
