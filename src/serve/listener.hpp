// Listening sockets, unix and TCP, and the loop that accepts.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/types.h>
#include <functional>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "config/endpoint.hpp"

namespace nexthopd::serve {

using Socket = boost::asio::generic::stream_protocol::socket;

constexpr mode_t socketmap_mode = 0666;  // who may ask is decided by the folder it lies in

/// Owns one listening descriptor; the name of a unix socket that it made is removed at the end.
class Listener {
  public:
    /// A stale unix socket (nobody accepts on it) is replaced; a missing last folder is made (0755). `mode`
    /// is that of the unix socket. Errors say what to do.
    static base::Result<Listener> open(boost::asio::io_context& io, const config::Endpoint& endpoint,
                                       mode_t mode);

    /// A stream socket that listens already; its name stays when this ends.
    static base::Result<Listener> adopt(boost::asio::io_context& io, base::Descriptor socket);

    Listener(Listener&&) noexcept;
    Listener& operator=(Listener&&) noexcept;
    ~Listener();

    /// Accepts until the io_context ends; `begin` is given each connection. `make_room`, if there is one, is
    /// called when there is no descriptor for the next.
    boost::asio::awaitable<void> accept_loop(std::function<void(Socket)> begin,
                                             std::function<void()> make_room = {});

  private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;
    Listener(Acceptor acceptor, std::string unix_path);
    Acceptor acceptor_;
    std::string unix_path_;
};

}  // namespace nexthopd::serve
