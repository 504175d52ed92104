#include "serve/ready_set.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/no_throw.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

int make_set() {
    const int set = epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
    return set;
}

}  // namespace

ReadySet::ReadySet(asio::io_context& io) : set_(io, make_set()) {
    asio::co_spawn(io, run(), asio::detached);
}

bool ReadySet::add(int descriptor, Watcher& watcher, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    if (epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
    if (++watched_ > events_.size()) events_.resize(2 * watched_);
    return true;
}

void ReadySet::change(int descriptor, Watcher& watcher, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, descriptor, &event);
}

void ReadySet::remove(int descriptor, Watcher& watcher) {
    if (epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr) == 0) --watched_;
    std::replace(ready_.begin(), ready_.end(), &watcher, static_cast<Watcher*>(nullptr));
}

/// False: no descriptor is ready.
bool ReadySet::poll() {
    since_ = polled_;
    const int count = epoll_wait(set_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    polled_ = base::Instant::clock::now();
    next_ = 0;
    ready_.clear();
    for (int i = 0; i < count; ++i)
        ready_.push_back(static_cast<Watcher*>(events_[static_cast<std::size_t>(i)].data.ptr));
    return count > 0;
}

void ReadySet::serve_batch() {
    const auto first = next_;
    next_ = std::min(first + batch, ready_.size());
    Moment moment{base::Instant::clock::now(), since_};
    for (auto i = first; i < next_; ++i)
        if (auto* const watcher = ready_[i]) watcher->read(moment);
    auto written = first;
    auto last_write = moment.now;
    for (auto i = first; i < next_; ++i) {
        moment.now = base::Instant::clock::now();
        if (moment.now - last_write > batch_time) {
            write(written, i);
            written = i;
            last_write = moment.now;
        }
        if (auto* const watcher = ready_[i]) watcher->answer(moment);
    }
    write(written, next_);
}

void ReadySet::write(std::size_t first, std::size_t end) {
    for (auto i = first; i < end; ++i)
        if (auto* const watcher = std::exchange(ready_[i], nullptr)) watcher->write();
}

asio::awaitable<void> ReadySet::run() {
    while (true) {
        const auto [error] =
            co_await set_.async_wait(asio::posix::stream_descriptor::wait_read, base::no_throw);
        if (error) co_return;
        auto turn = base::Instant::clock::now();
        polled_ = turn;
        while (poll()) {
            while (next_ < ready_.size()) {
                serve_batch();
                if (base::Instant::clock::now() - turn <= turn_time) continue;
                co_await asio::post(set_.get_executor(), asio::use_awaitable);
                turn = base::Instant::clock::now();
            }
        }
    }
}

}  // namespace nexthopd::serve
