// One connection of Exim: one question, one answer, and it is closed.
//
// Exim's ${readsocket} reads until the connection ends, so an answer without an end would cost it its
// patience of two seconds. Whatever goes wrong is an empty answer, which Exim's router takes as "go on".
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string_view>

#include "answer/pipeline.hpp"
#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "serve/exim_keys.hpp"
#include "serve/listener.hpp"

namespace nexthopd::serve {

/// What the sessions share.
struct EximSurface {
    answer::Pipeline& pipeline;
    const base::Clock& clock;
    /// Told each recipient that was answered, for the release of holds.
    std::function<void(std::string_view recipient, std::string_view queue_id)> asked;
    EximKeys keys{};

    /// Exim delivers with queue_run_max (5) queue runners and a process for each message that comes in. One
    /// more than these is closed at once: Exim goes on without an answer.
    static constexpr std::size_t max_sessions = 2'000;
    /// Exim writes its question as soon as it is connected, and waits for two seconds altogether.
    static constexpr std::chrono::seconds patience{2};

    std::uint64_t questions = 0;
    std::uint64_t tests = 0;  // of those: -bt and the like
    std::uint64_t wrong_key = 0;
    std::uint64_t malformed = 0;
    std::size_t sessions = 0;
    base::RateLimit key_log{std::chrono::seconds(60)};
    base::RateLimit malformed_log{std::chrono::seconds(60)};
};

boost::asio::awaitable<void> exim_session(Socket socket, EximSurface& surface);

/// The same without answers, for `nexthopd --pass`: closed when the question is there.
boost::asio::awaitable<void> exim_session_without_answer(Socket socket);

}  // namespace nexthopd::serve
