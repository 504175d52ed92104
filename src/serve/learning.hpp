// What the ledger thread tells becomes what the answering thread knows: counters, queue view, holds.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <vector>

#include "answer/pipeline.hpp"
#include "base/clock.hpp"
#include "follow/messages.hpp"
#include "mta/postqueue.hpp"
#include "serve/releaser.hpp"

namespace nexthopd::serve {

class Learning {
  public:
    /// Items dealt with before others get their turn: 20 µs or so.
    static constexpr std::size_t at_once = 128;

    /// `resolver`: its cache tells whose servers a domain has. `decided`: rules want something done.
    Learning(answer::Knowledge& knowledge, dns::Resolver& resolver, Releaser& releaser,
             const base::Clock& clock, std::function<void(rules::Effects)> decided)
        : knowledge_(knowledge),
          resolver_(resolver),
          releaser_(releaser),
          clock_(clock),
          decided_(std::move(decided)) {}

    /// Each lets other work in between; the messages are moved into the coroutine.
    boost::asio::awaitable<void> remember(follow::Ready ready);
    boost::asio::awaitable<void> learn(follow::Learnt learnt);
    boost::asio::awaitable<void> see_queue(std::vector<mta::QueuedMessage> messages);

  private:
    void judge(const mail::Attempt& attempt, rules::Effects& effects);
    void remember_event(const maillog::QueueEvent& earlier);
    void event(const maillog::MessageActive& active);
    void event(const maillog::RecipientOutcome& outcome);
    void event(const maillog::MessageGone& gone);
    void event(const maillog::LinesLost& lost);
    void held(const std::string& hold_id, const std::string& recipient, const std::string& queue_id);

    answer::Knowledge& knowledge_;
    dns::Resolver& resolver_;
    Releaser& releaser_;
    const base::Clock& clock_;
    std::function<void(rules::Effects)> decided_;
};

}  // namespace nexthopd::serve
