// Questions over UDP: sockets connected to one server, several questions in flight on each.
//
// An answer counts only when it comes from the server (the socket is connected), carries the id of an open
// query of that socket, and repeats its question. Everything else is dropped and counted, and waiting goes
// on, so that whoever guesses badly from off the path ends nothing (RFC 5452).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "dns/counters.hpp"
#include "dns/random_id.hpp"
#include "dns/wire.hpp"

namespace nexthopd::dns {

/// Sockets per server: each has a source port of its own, one of them is chosen at random per query.
constexpr std::size_t sockets_per_server = 16;
/// A socket is replaced after so many queries or so long, so that a port that was found out is soon
/// worthless.
constexpr std::uint32_t max_socket_uses = 1000;
constexpr std::chrono::seconds max_socket_age{60};
/// Larger UDP answers than were asked for are read up to this size.
constexpr std::size_t max_udp_answer = 4096;

/// What has come in for one question; filled by UdpSocket, read by the coroutine that asks.
class Inbox {
  public:
    struct Item {
        std::size_t server = 0;
        std::unique_ptr<Answer> answer;  // nullptr: the server's host refused the packet
    };

    explicit Inbox(boost::asio::io_context& io) : timer_(io) {}

    void put(Item item);
    /// The next item; nullopt when `until` comes first, or the waiting coroutine is cancelled.
    boost::asio::awaitable<std::optional<Item>> next(base::Instant until);

  private:
    /// A server may answer as often as it likes while the coroutine is busy with TCP.
    static constexpr std::size_t max_items = 16;

    std::vector<Item> items_;
    boost::asio::steady_timer timer_;
};

class UdpSocket : public std::enable_shared_from_this<UdpSocket> {
  public:
    /// nullptr: no socket (the limit of open files, an address family that the machine lacks).
    static std::shared_ptr<UdpSocket> open(boost::asio::io_context& io, std::size_t server,
                                           const boost::asio::ip::udp::endpoint& endpoint,
                                           Counters& counters);
    UdpSocket(boost::asio::io_context& io, std::size_t server, Counters& counters);

    /// Sends the question under a new id and lets answers go to `inbox` until close_question(id). nullopt:
    /// not sent. Both `question` and `inbox` have to live that long.
    std::optional<std::uint16_t> send(const Question& question, bool edns, Inbox& inbox, RandomIds& random);
    void close_question(std::uint16_t id);

    bool worn(base::Instant now) const { return uses_ >= max_socket_uses || now - opened_ >= max_socket_age; }
    /// No new questions; closes when the last open one is closed.
    void retire();
    void close();

  private:
    struct Open {
        const Question* question;
        Inbox* inbox;
    };

    void receive();
    void drain();
    void take(std::span<const std::uint8_t> packet);
    void tell_unreachable();

    boost::asio::ip::udp::socket socket_;
    std::size_t server_;
    Counters& counters_;
    std::unordered_map<std::uint16_t, Open> open_;
    std::uint32_t uses_ = 0;
    base::Instant opened_;
    bool retired_ = false;
};

/// An open query: closes its question when it goes.
class Query {
  public:
    Query(std::shared_ptr<UdpSocket> socket, std::uint16_t id) : socket_(std::move(socket)), id_(id) {}
    Query(Query&&) = default;
    Query& operator=(Query&&) = delete;
    ~Query() {
        if (socket_) socket_->close_question(id_);
    }

  private:
    std::shared_ptr<UdpSocket> socket_;
    std::uint16_t id_;
};

/// The sockets of one server.
class UdpPool {
  public:
    UdpPool(boost::asio::io_context& io, std::size_t server, boost::asio::ip::udp::endpoint endpoint,
            Counters& counters)
        : io_(io), server_(server), endpoint_(endpoint), counters_(counters) {}
    UdpPool(UdpPool&&) = default;
    ~UdpPool() { close(); }

    std::optional<Query> send(const Question& question, bool edns, Inbox& inbox, RandomIds& random);
    void close();

  private:
    boost::asio::io_context& io_;
    std::size_t server_;
    boost::asio::ip::udp::endpoint endpoint_;
    Counters& counters_;
    std::vector<std::shared_ptr<UdpSocket>> sockets_ =
        std::vector<std::shared_ptr<UdpSocket>>(sockets_per_server);
};

}  // namespace nexthopd::dns
