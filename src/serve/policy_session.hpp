// One connection of smtpd at the policy socket: it tells which messages are coming, and is answered from
// memory.
//
// What is learnt: who a message is for, how large it is, its queue id, before the queue manager asks; and
// what will be asked about a domain is looked up ahead.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>

#include "answer/pipeline.hpp"
#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "protocol/policy.hpp"
#include "serve/listener.hpp"
#include "state/arrivals.hpp"

namespace nexthopd::serve {

/// What the sessions share.
struct PolicySurface {
    boost::asio::io_context& io;
    answer::Pipeline& pipeline;
    answer::Knowledge& knowledge;
    const base::Clock& clock;
    bool act = false;  // the answer may be to try again later

    /// Ten times Postfix' default_process_limit. One more is closed at once: smtpd goes on without an answer.
    static constexpr std::size_t max_sessions = 1'000;

    std::uint64_t requests = 0;
    std::uint64_t deferred = 0;
    std::uint64_t malformed = 0;  // connections closed for bytes that are no request
    std::size_t sessions = 0;
    state::Arrivals arrivals{};
    base::RateLimit malformed_log{std::chrono::seconds(60)};

    /// The answer. `by_mta`: the peer is Postfix; what others say is not remembered.
    std::string answer(const protocol::PolicyRequest& request, bool by_mta);
};

/// Ends with the connection, or when a request takes too long to arrive.
boost::asio::awaitable<void> policy_session(Socket socket, PolicySurface& surface);

}  // namespace nexthopd::serve
