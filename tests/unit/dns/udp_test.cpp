#include "dns/udp.hpp"

#include <set>

#include "catch.hpp"
#include "packet.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;
using namespace nexthopd::dns::test;
using boost::asio::ip::udp;

TEST_CASE("queries leave from random sockets, which are replaced when they are worn") {
    boost::asio::io_context io;
    udp::socket server(io, {boost::asio::ip::address_v4::loopback(), 0});
    server.non_blocking(true);
    Counters counters;
    RandomIds random;
    Inbox inbox(io);
    UdpPool pool(io, 0, server.local_endpoint(), counters);
    const Question question{"a.test", Type::mx};

    std::set<unsigned> ports;
    std::set<unsigned> ids;
    const auto ask = [&](std::size_t times) {
        for (std::size_t i = 0; i < times; ++i) {
            REQUIRE(pool.send(question, true, inbox, random));
            std::array<std::uint8_t, 512> packet;
            udp::endpoint from;
            boost::system::error_code error;
            REQUIRE(server.receive_from(boost::asio::buffer(packet), from, 0, error) > 12);
            ports.insert(from.port());
            ids.insert(static_cast<unsigned>(packet[0] << 8U | packet[1]));
        }
    };
    ask(500);
    CHECK(ports.size() > sockets_per_server / 2);
    CHECK(ports.size() <= sockets_per_server);
    CHECK(ids.size() > 450);
    ask(sockets_per_server * max_socket_uses);
    CHECK(ports.size() > sockets_per_server);
    CHECK(counters.queries == 500 + sockets_per_server * max_socket_uses);
}

TEST_CASE("a worn socket stays for the questions that are open on it") {
    boost::asio::io_context io;
    udp::socket server(io, {boost::asio::ip::address_v4::loopback(), 0});
    Counters counters;
    RandomIds random;
    Inbox inbox(io);
    const auto socket = UdpSocket::open(io, 3, server.local_endpoint(), counters);
    REQUIRE(socket);
    const Question question{"a.test", Type::mx};
    const auto id = socket->send(question, true, inbox, random);
    REQUIRE(id);
    socket->retire();
    CHECK_FALSE(socket->send(question, true, inbox, random));

    std::array<std::uint8_t, 512> packet;
    udp::endpoint from;
    server.receive_from(boost::asio::buffer(packet), from);
    server.send_to(
        boost::asio::buffer(Packet(*id).ask("a.test", Type::mx).mx("a.test", 10, "mx.test").bytes()), from);
    io.run_one();
    CHECK(counters.answers == 1);
    socket->close_question(*id);
    io.restart();
    io.run();  // comes back: the socket is closed, nothing is waited for
    CHECK(io.stopped());
}

TEST_CASE("ids are unique among the open questions of a socket, and these are bounded") {
    boost::asio::io_context io;
    udp::socket server(io, {boost::asio::ip::address_v4::loopback(), 0});
    Counters counters;
    RandomIds random;
    Inbox inbox(io);
    const auto socket = UdpSocket::open(io, 0, server.local_endpoint(), counters);
    REQUIRE(socket);
    const Question question{"a.test", Type::mx};
    std::set<unsigned> ids;
    for (std::size_t i = 0; i < max_socket_uses; ++i) {
        const auto id = socket->send(question, false, inbox, random);
        REQUIRE(id);
        ids.insert(*id);
    }
    CHECK(ids.size() == max_socket_uses);
    CHECK_FALSE(socket->send(question, false, inbox, random));
}
