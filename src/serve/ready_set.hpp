// The connections of the MTA in an epoll set of their own, which Asio watches as one descriptor.
//
// Asio's reactor tries each read before it waits for it and wraps every operation in a handler: with one
// question per read that was a third of a question's processor time. Here a question costs one recv(), one
// send() and its share of an epoll_wait().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>

namespace nexthopd::serve {

class Watcher {
  public:
    virtual ~Watcher() = default;
    /// The descriptor can be read or written as asked for, or its peer is gone. It may remove itself, and no
    /// other watcher.
    virtual void ready() = 0;
};

class ReadySet {
  public:
    /// Throws std::system_error when the kernel gives no epoll set.
    explicit ReadySet(boost::asio::io_context& io);

    /// `events` as in epoll_ctl(2), level-triggered; 0: only errors. False: the kernel refuses.
    bool add(int descriptor, Watcher& watcher, std::uint32_t events);
    void change(int descriptor, Watcher& watcher, std::uint32_t events);
    void remove(int descriptor);

  private:
    boost::asio::awaitable<void> run();

    boost::asio::posix::stream_descriptor set_;
};

}  // namespace nexthopd::serve
