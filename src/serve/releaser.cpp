#include "serve/releaser.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/child.hpp"
#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "base/text.hpp"
#include "mail/queue_id.hpp"
#include "mta/exim_release.hpp"
#include "mta/postqueue.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds command_limit{30};
constexpr std::chrono::hours nothing_waits{1};

std::vector<std::string> command_for(const config::Release& options, const std::string& config_directory,
                                     const std::string& queue_id) {
    std::vector<std::string> out;
    for (const auto& word : options.postfix) {
        if (word == "%id")
            out.push_back(queue_id);
        else if (word == "%config_directory")
            out.push_back(config_directory);
        else
            out.push_back(word);
    }
    return out;
}

base::Result<void> run_postqueue(const config::Release& options, const std::string& config_directory,
                                 const std::string& queue_id) {
    const auto done = base::run_child(command_for(options, config_directory, queue_id), command_limit);
    if (!done) return tl::unexpected(done.error());
    if (done->status != 0)
        return base::fail(
            "{} ended with status {}: {}; does the user of nexthopd have the supplementary group postdrop?",
            options.postfix.front(), done->status, base::printable(base::trim(done->errors), 300));
    return {};
}

}  // namespace

Releaser::Releaser(asio::io_context& io, const base::Clock& clock) : io_(io), clock_(clock), timer_(io) {
    asio::co_spawn(io_, run(), asio::detached);
}

void Releaser::set_options(config::Release options, std::string config_directory) {
    options_ = std::move(options);
    config_directory_ = config_directory.empty() ? "/etc/postfix" : std::move(config_directory);
    queue_.set_rate(static_cast<double>(options_.rate.count) /
                    static_cast<double>(std::max<std::int64_t>(1, options_.rate.period.count())));
}

void Releaser::hold_ended(const state::ActiveHold& hold, std::uint64_t last_question) {
    const auto now = clock_.now();
    const auto cached_until = hold.last_asked + release::qmgr_cache;
    const bool in_cache =
        hold.last_question != 0 && hold.last_question == last_question && cached_until > now;
    for (const auto& queue_id : hold.waiting) {
        const bool cached = in_cache && !mail::is_exim_id(queue_id);
        queue_.add(queue_id, hold.hold.recipient, cached ? cached_until : now);
        if (cached) in_cache_.push_back({queue_id, hold.hold.recipient});
    }
    reschedule();
}

void Releaser::release(std::string queue_id, std::string recipient) {
    queue_.add(std::move(queue_id), std::move(recipient), clock_.now());
    reschedule();
}

void Releaser::asked(std::string_view recipient) {
    if (queue_.size() == 0) return;
    queue_.seen(recipient);
    if (in_cache_.empty() || in_cache_.front().recipient == recipient) return;
    for (auto& cached : in_cache_)
        queue_.add(std::move(cached.queue_id), std::move(cached.recipient), clock_.now());
    in_cache_.clear();
    reschedule();
}

asio::awaitable<void> Releaser::run() {
    while (true) {
        const auto now = clock_.now();
        if (running_ < processes) {
            for (auto& due : queue_.take(now, processes - running_)) {
                ++running_;
                asio::co_spawn(io_, wake(std::move(due.queue_id)), asio::detached);
            }
        }
        const auto next = running_ < processes ? queue_.next() : std::nullopt;
        timer_.expires_at(next.value_or(now + nothing_waits));
        co_await timer_.async_wait(base::no_throw);  // cancelled: look again
    }
}

asio::awaitable<void> Releaser::wake(std::string queue_id) {
    std::string trouble;
    // The log is hostile text: nothing but a queue id reaches a command line.
    const bool of_exim = mail::is_exim_id(queue_id);
    const bool left_to_exim = of_exim && options_.exim == config::EximRelease::none;
    if (mta::is_queue_id(queue_id) && !left_to_exim) {
        auto job = [options = options_, directory = config_directory_, queue_id, of_exim] {
            return of_exim ? mta::release_exim(queue_id) : run_postqueue(options, directory, queue_id);
        };
        if (auto result = co_await worker_.run(std::move(job)); result)
            ++released_;
        else
            trouble = std::move(result.error().text);
    }
    --running_;
    problem_ = trouble;
    if (!trouble.empty() && complaints_.permit(clock_.now())) log::error("release: {}", trouble);
    log::debug("released queue_id={}", queue_id);
    reschedule();
}

}  // namespace nexthopd::serve
