// A DNS server for tests on 127.0.0.1, UDP and TCP on one ephemeral port, that answers as the test says.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "packet.hpp"

namespace nexthopd::dns::test {

struct Query {
    unsigned id = 0;
    std::string name;  // as it came: the client asks in lower case
    Type type{};
    bool edns = false;
    bool recursion = false;
    bool tcp = false;
    int number = 0;  // 1 for the first one that this server got
    boost::asio::ip::udp::endpoint from;

    /// A response without records.
    Packet reply(unsigned flags = response) const { return std::move(Packet(id, flags).ask(name, type)); }
};

class FakeServer {
  public:
    /// The packets to send back, in order; none: silence.
    using Script = std::function<std::vector<Bytes>(const Query&)>;

    FakeServer(boost::asio::io_context& io, Script answers)
        : script(std::move(answers)), udp_(io), acceptor_(io) {
        using boost::asio::ip::tcp;
        using boost::asio::ip::udp;
        const auto loopback = boost::asio::ip::address_v4::loopback();
        acceptor_.open(tcp::v4());
        acceptor_.bind({loopback, 0});
        acceptor_.listen();
        udp_.open(udp::v4());
        udp_.set_option(boost::asio::socket_base::receive_buffer_size(4 << 20));
        udp_.bind({loopback, acceptor_.local_endpoint().port()});
        address_ = udp_.local_endpoint();
        boost::asio::co_spawn(io, serve_udp(), boost::asio::detached);
        boost::asio::co_spawn(io, serve_tcp(), boost::asio::detached);
    }
    ~FakeServer() { stop(); }

    boost::asio::ip::udp::endpoint endpoint() const { return address_; }
    void stop() {
        boost::system::error_code ignored;
        udp_.close(ignored);
        acceptor_.close(ignored);
    }
    void stop_tcp() { acceptor_.close(); }
    void send(const Bytes& packet, const boost::asio::ip::udp::endpoint& to) {
        boost::system::error_code ignored;
        udp_.send_to(boost::asio::buffer(packet), to, 0, ignored);
    }
    int asked(const std::string& name, Type type) const {
        int count = 0;
        for (const auto& query : seen)
            count += query.name == name && query.type == type ? 1 : 0;
        return count;
    }

    Script script;
    std::vector<Query> seen;

  private:
    static constexpr auto as_tuple = boost::asio::as_tuple(boost::asio::use_awaitable);

    /// The client's queries have one question and at most an OPT record.
    Query parse(std::span<const std::uint8_t> packet) {
        Query query;
        query.id = static_cast<unsigned>(packet[0] << 8U | packet[1]);
        query.recursion = (packet[2] & 1U) != 0;
        query.edns = packet[11] == 1;
        std::size_t at = 12;
        while (packet[at] != 0) {
            if (!query.name.empty()) query.name.push_back('.');
            query.name.append(packet.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                              packet.begin() + static_cast<std::ptrdiff_t>(at) + 1 + packet[at]);
            at += 1U + packet[at];
        }
        query.type = static_cast<Type>(packet[at + 1] << 8U | packet[at + 2]);
        query.number = static_cast<int>(seen.size()) + 1;
        return query;
    }

    boost::asio::awaitable<void> serve_udp() {
        std::array<std::uint8_t, 512> buffer;
        boost::asio::ip::udp::endpoint from;
        while (true) {
            const auto [error, size] =
                co_await udp_.async_receive_from(boost::asio::buffer(buffer), from, as_tuple);
            if (error) co_return;
            auto query = parse(std::span(buffer.data(), size));
            query.from = from;
            seen.push_back(query);
            for (const auto& packet : script(query))
                send(packet, from);
        }
    }

    boost::asio::awaitable<void> serve_tcp() {
        while (true) {
            auto [error, socket] = co_await acceptor_.async_accept(as_tuple);
            if (error) co_return;
            std::array<std::uint8_t, 514> buffer;
            const auto [read_error, size] = co_await boost::asio::async_read(
                socket, boost::asio::buffer(buffer),
                [&buffer](const boost::system::error_code& e, std::size_t n) -> std::size_t {
                    if (e) return 0;
                    return n < 2 ? 2 - n : 2U + static_cast<std::size_t>(buffer[0] << 8U | buffer[1]) - n;
                },
                as_tuple);
            if (read_error) continue;
            auto query = parse(std::span(buffer.data() + 2, size - 2));
            query.tcp = true;
            seen.push_back(query);
            const auto packets = script(query);
            if (packets.empty()) stalled_.push_back(std::move(socket));  // open, but silent
            for (const auto& packet : packets) {
                Bytes out;
                put16(out, static_cast<unsigned>(packet.size()));
                out.insert(out.end(), packet.begin(), packet.end());
                co_await boost::asio::async_write(socket, boost::asio::buffer(out), as_tuple);
            }
        }
    }

    boost::asio::ip::udp::socket udp_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::udp::endpoint address_{};
    std::vector<boost::asio::ip::tcp::socket> stalled_;
};

}  // namespace nexthopd::dns::test
