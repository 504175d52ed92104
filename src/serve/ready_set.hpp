// The connections of the MTA in an epoll set of their own, which Asio watches as one descriptor.
//
// Asio's reactor tries each read before it waits for it and wraps every operation in a handler: with one
// question per read that was a third of a question's processor time. Here a question costs one recv(), one
// send() and its share of an epoll_wait().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/epoll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"

namespace nexthopd::serve {

/// When a descriptor is served.
struct Moment {
    base::Instant now{};
    base::Instant since{};  // its bytes may have been there since: deadlines count from here
};

/// Served in three steps, each for a whole batch before the next: the kernel's code and ours stay in the
/// processor's cache, and a peer that sleeps is woken by the first reply of a batch and finds the others.
class Watcher {
  public:
    virtual ~Watcher() = default;
    /// The descriptor can be read or written as asked for, or its peer is gone: takes what is there.
    virtual void read(const Moment& moment) = 0;
    /// The time to think about it.
    virtual void answer(const Moment& moment) = 0;
    /// The time to write.
    virtual void write() = 0;
};

class ReadySet {
  public:
    /// Throws std::system_error when the kernel gives no epoll set.
    explicit ReadySet(boost::asio::io_context& io);

    /// `events` as in epoll_ctl(2), level-triggered; 0: only errors. False: the kernel refuses.
    bool add(int descriptor, Watcher& watcher, std::uint32_t events);
    void change(int descriptor, Watcher& watcher, std::uint32_t events);
    /// `watcher` is not called any more.
    void remove(int descriptor, Watcher& watcher);

  private:
    /// Connections that are read before the first of them is written to. More would let an MTA with few
    /// connections and nexthopd wait for one another in turn.
    static constexpr std::size_t batch = 32;
    /// But no reply waits longer for others: hooks may be slow.
    static constexpr std::chrono::milliseconds batch_time{1};
    /// Then timers, name servers and the ledger have their turn.
    static constexpr std::chrono::milliseconds turn_time{2};

    boost::asio::awaitable<void> run();
    bool poll();
    void serve_batch();
    void write(std::size_t first, std::size_t end);

    boost::asio::posix::stream_descriptor set_;
    std::vector<epoll_event> events_;  // room for all that are watched, so that each poll tells all that are ready
    std::size_t watched_ = 0;
    std::vector<Watcher*> ready_;  // of the last poll; nullptr: removed meanwhile
    std::size_t next_ = 0;         // of ready_, to be served
    base::Instant polled_{};
    base::Instant since_{};  // of the poll before: nothing of ready_ was ready then
};

}  // namespace nexthopd::serve
