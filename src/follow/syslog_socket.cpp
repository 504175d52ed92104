#include "follow/syslog_socket.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nexthopd::follow {

namespace asio = boost::asio;

namespace {

/// Room for a burst of some thousand lines while the thread commits.
constexpr int receive_buffer = 4 * 1024 * 1024;

}  // namespace

mail::IpAddress plain_address(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address;
}

base::Result<SyslogDatagrams> SyslogDatagrams::open(asio::io_context& io, const asio::ip::udp::endpoint& at) {
    asio::ip::udp::socket socket(io);
    boost::system::error_code error;
    socket.open(at.protocol(), error);
    if (!error) socket.bind(at, error);
    if (!error) socket.non_blocking(true, error);
    if (error) return base::fail("{}", error.message());
    boost::system::error_code ignored;  // the kernel gives less than is asked for
    socket.set_option(asio::socket_base::receive_buffer_size(receive_buffer), ignored);
    const int on = 1;
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    return SyslogDatagrams(std::move(socket));
}

bool SyslogDatagrams::read(std::size_t limit, const OnDatagram& datagram) {
    buffer_.resize(maillog::SyslogFrames::max_message);
    for (std::size_t i = 0; i < limit; ++i) {
        asio::ip::udp::endpoint sender;
        iovec bytes{buffer_.data(), buffer_.size()};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> control{};
        msghdr header{};
        header.msg_name = sender.data();
        header.msg_namelen = static_cast<socklen_t>(sender.capacity());
        header.msg_iov = &bytes;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        const auto got = ::recvmsg(socket_.native_handle(), &header, 0);
        if (got < 0) {
            if (errno == EINTR || errno == ECONNREFUSED) continue;
            return false;
        }
        sender.resize(header.msg_namelen);
        for (auto* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
            if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_RXQ_OVFL) continue;
            std::uint32_t count = 0;
            std::memcpy(&count, CMSG_DATA(part), sizeof count);
            dropped_ += count - dropped_seen_;
            dropped_seen_ = count;
        }
        datagram({buffer_.data(), static_cast<std::size_t>(got)}, (header.msg_flags & MSG_TRUNC) != 0,
                 plain_address(sender.address()));
    }
    return true;
}

void SyslogDatagrams::wait(std::function<void()> ready) {
    socket_.async_wait(asio::ip::udp::socket::wait_read,
                       [ready = std::move(ready)](const boost::system::error_code& error) {
                           if (!error) ready();
                       });
}

SyslogConnection::State SyslogConnection::read(const std::function<void(std::string_view)>& message) {
    std::array<char, 64 * 1024> block;
    boost::system::error_code error;
    const auto got = socket_.read_some(asio::buffer(block), error);
    if (error == asio::error::would_block) return State::waiting;
    if (error) return State::closed;
    heard_ = std::chrono::steady_clock::now();
    return frames_.take({block.data(), got}, message) ? State::more : State::closed;
}

void SyslogConnection::wait(std::function<void()> ready) {
    if (std::exchange(*waiting_, true)) return;
    socket_.async_wait(asio::ip::tcp::socket::wait_read, [waiting = waiting_, ready = std::move(ready)](
                                                             const boost::system::error_code& error) {
        *waiting = false;
        if (!error) ready();
    });
}

}  // namespace nexthopd::follow
