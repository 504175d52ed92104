// Wakes held mail when its hold ends: ReleaseQueue says what and when, postqueue(1) or
// nexthopd-exim-release(8) does it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "config/settings.hpp"
#include "release/release_queue.hpp"
#include "serve/worker.hpp"
#include "state/holds.hpp"

namespace nexthopd::serve {

class Releaser {
  public:
    /// `postqueue` commands that run at once: each is a process that writes one line into a FIFO.
    static constexpr std::size_t processes = 4;

    Releaser(boost::asio::io_context& io, const base::Clock& clock);

    /// The command with its place-holders, and the rate.
    void set_options(config::Release options, std::string config_directory);

    /// A hold is over: its messages are released, after qmgr's cache if that still has the answer.
    /// `last_question` is the serial of the newest question of all.
    void hold_ended(const state::ActiveHold& hold, std::uint64_t last_question);
    /// One message, as soon as may be.
    void release(std::string queue_id, std::string recipient);
    /// Postfix asked about the recipient.
    void asked(std::string_view recipient);
    /// The MTA named the message: Exim asked about it, or an outcome of the recipient was logged that is not
    /// one of our holds.
    void seen(std::string_view recipient, std::string_view queue_id) { queue_.seen(recipient, queue_id); }

    std::uint64_t released() const { return released_; }
    std::size_t waiting() const { return queue_.size(); }
    const std::string& problem() const { return problem_; }

  private:
    struct Cached {
        std::string queue_id;
        std::string recipient;
    };

    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> wake(std::string queue_id);
    void reschedule() { timer_.cancel(); }

    boost::asio::io_context& io_;
    const base::Clock& clock_;
    boost::asio::steady_timer timer_;
    release::ReleaseQueue queue_{100};
    config::Release options_;
    std::string config_directory_;
    // Releases that wait only because qmgr's cache has the held recipient: another question frees them.
    std::vector<Cached> in_cache_;
    std::size_t running_ = 0;
    std::uint64_t released_ = 0;
    std::string problem_;
    base::RateLimit complaints_{std::chrono::seconds(60)};
    Worker worker_{processes};
};

}  // namespace nexthopd::serve
