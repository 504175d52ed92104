#include "serve/ready_set.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/epoll.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

/// Batches served between two looks at timers, name servers and the ledger: a millisecond of work.
constexpr int batches = 32;

int make_set() {
    const int set = epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
    return set;
}

}  // namespace

ReadySet::ReadySet(asio::io_context& io) : set_(io, make_set()) { asio::co_spawn(io, run(), asio::detached); }

bool ReadySet::add(int descriptor, Watcher& watcher, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    return epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void ReadySet::change(int descriptor, Watcher& watcher, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, descriptor, &event);
}

void ReadySet::remove(int descriptor, Watcher& watcher) {
    epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
    for (auto& serving : serving_)
        if (serving == &watcher) serving = nullptr;
}

/// False: no descriptor is ready.
bool ReadySet::serve_batch() {
    std::array<epoll_event, batch> events{};
    const int count = epoll_wait(set_.native_handle(), events.data(), batch, 0);
    if (count <= 0) return false;
    const auto served = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < served; ++i)
        serving_[i] = static_cast<Watcher*>(events[i].data.ptr);
    for (std::size_t i = 0; i < served; ++i)
        if (serving_[i] != nullptr) serving_[i]->ready();
    for (std::size_t i = 0; i < served; ++i)
        if (auto* const watcher = std::exchange(serving_[i], nullptr)) watcher->flush();
    return true;
}

asio::awaitable<void> ReadySet::run() {
    while (true) {
        const auto [error] =
            co_await set_.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
        if (error) co_return;
        for (int round = 0; round < batches && serve_batch(); ++round) {
        }
    }
}

}  // namespace nexthopd::serve
