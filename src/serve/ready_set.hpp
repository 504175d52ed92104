// The connections of the MTA in an epoll set of their own, which Asio watches as one descriptor.
//
// Asio's reactor tries each read before it waits for it and wraps every operation in a handler: with one
// question per read that was a third of a question's processor time. Here a question costs one recv(), one
// send() and its share of an epoll_wait().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace nexthopd::serve {

class Watcher {
  public:
    virtual ~Watcher() = default;
    /// The descriptor can be read or written as asked for, or its peer is gone.
    virtual void ready() = 0;
    /// Follows ready() when that has been called for some others: the time to write. A peer that sleeps is
    /// woken by the first reply of a batch and finds the others; waking it for each costs more than the answer.
    virtual void flush() = 0;
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

    boost::asio::awaitable<void> run();
    bool serve_batch();

    boost::asio::posix::stream_descriptor set_;
    std::array<Watcher*, batch> serving_{};  // of the batch under way; nullptr: removed meanwhile
};

}  // namespace nexthopd::serve
