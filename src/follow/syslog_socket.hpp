// The sockets of the syslog listener. They are read when asked to; nothing is kept that was not asked for,
// so whoever sends too fast waits (TCP) or is told to have lost something (UDP).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "mail/host_name.hpp"
#include "maillog/syslog_frames.hpp"

namespace nexthopd::follow {

/// A datagram socket, and the kernel's count of what did not fit into its buffer.
class SyslogDatagrams {
  public:
    static base::Result<SyslogDatagrams> open(boost::asio::io_context& io,
                                              const boost::asio::ip::udp::endpoint& at);

    using OnDatagram =
        std::function<void(std::string_view datagram, bool cut, const mail::IpAddress& sender)>;
    /// At most `limit` datagrams. True: there may be more.
    bool read(std::size_t limit, const OnDatagram& datagram);
    /// All that the kernel has dropped since the start.
    std::uint64_t dropped() const { return dropped_; }
    /// Calls `ready` once, when there is something to read.
    void wait(std::function<void()> ready);

  private:
    explicit SyslogDatagrams(boost::asio::ip::udp::socket socket) : socket_(std::move(socket)) {}
    boost::asio::ip::udp::socket socket_;
    std::vector<char> buffer_;
    std::uint64_t dropped_ = 0;
    std::uint32_t dropped_seen_ = 0;  // the kernel's counter has 32 bits
};

/// One sender over TCP.
class SyslogConnection {
  public:
    SyslogConnection(boost::asio::ip::tcp::socket socket, mail::IpAddress sender)
        : socket_(std::move(socket)), sender_(std::move(sender)) {}

    enum class State { more, waiting, closed };
    /// At most one block.
    State read(const std::function<void(std::string_view)>& message);
    /// Once, when there is something to read; it may be called after this object's end.
    void wait(std::function<void()> ready);

    const mail::IpAddress& sender() const { return sender_; }
    std::chrono::steady_clock::time_point heard() const { return heard_; }
    std::uint64_t overlong() const { return frames_.overlong(); }

  private:
    boost::asio::ip::tcp::socket socket_;
    mail::IpAddress sender_;
    maillog::SyslogFrames frames_;
    std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
    std::shared_ptr<bool> waiting_ = std::make_shared<bool>(false);
};

/// An IPv4 address that an IPv6 socket shows as ::ffff:a.b.c.d, as itself.
mail::IpAddress plain_address(const boost::asio::ip::address& address);

}  // namespace nexthopd::follow
