#include "dns/udp.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <utility>

#include "base/no_throw.hpp"

namespace nexthopd::dns {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

/// Packets taken from a socket before others have their turn.
constexpr int max_burst = 64;

}  // namespace

void Inbox::put(Item item) {
    if (items_.size() >= max_items) return;
    items_.push_back(std::move(item));
    timer_.cancel();
}

asio::awaitable<std::optional<Inbox::Item>> Inbox::next(base::Instant until) {
    if (items_.empty()) {
        timer_.expires_at(until);
        co_await timer_.async_wait(base::no_throw);
    }
    if (items_.empty()) co_return std::nullopt;
    auto item = std::move(items_.front());
    items_.erase(items_.begin());
    co_return item;
}

std::shared_ptr<UdpSocket> UdpSocket::open(asio::io_context& io, std::size_t server,
                                           const udp::endpoint& endpoint, Counters& counters) {
    auto made = std::make_shared<UdpSocket>(io, server, counters);
    boost::system::error_code error;
    made->socket_.open(endpoint.protocol(), error);
    if (!error) made->socket_.non_blocking(true, error);
    // Linux gives a random port of the ephemeral range to a socket that is connected without being bound.
    if (!error) made->socket_.connect(endpoint, error);
    if (error) return nullptr;
    made->receive();
    return made;
}

UdpSocket::UdpSocket(asio::io_context& io, std::size_t server, Counters& counters)
    : socket_(io), server_(server), counters_(counters), opened_(base::steady_now()) {}

std::optional<std::uint16_t> UdpSocket::send(const Question& question, bool edns, Inbox& inbox,
                                             RandomIds& random) {
    // Few of the 65 536 ids may be in use: each makes a guess easier, and the search for a free one longer.
    if (retired_ || open_.size() >= max_socket_uses) return std::nullopt;
    auto id = random.next();
    while (open_.contains(id))
        id = random.next();
    const auto packet = encode_query(question, id, edns);
    if (!packet) return std::nullopt;
    boost::system::error_code error;
    socket_.send(asio::buffer(*packet), 0, error);
    // An error left by an earlier packet (ICMP) is reported once, by whatever call comes next.
    if (error == asio::error::connection_refused) socket_.send(asio::buffer(*packet), 0, error);
    if (error) return std::nullopt;
    ++uses_;
    ++counters_.queries;
    open_.emplace(id, Open{&question, &inbox});
    return id;
}

void UdpSocket::close_question(std::uint16_t id) {
    open_.erase(id);
    if (retired_ && open_.empty()) close();
}

void UdpSocket::retire() {
    retired_ = true;
    if (open_.empty()) close();
}

void UdpSocket::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void UdpSocket::receive() {
    socket_.async_wait(udp::socket::wait_read, [self = shared_from_this()](boost::system::error_code error) {
        if (error) return;  // closed
        self->drain();
        if (self->socket_.is_open()) self->receive();
    });
}

void UdpSocket::drain() {
    std::array<std::uint8_t, max_udp_answer> buffer;
    for (int i = 0; i < max_burst && socket_.is_open(); ++i) {
        boost::system::error_code error;
        const auto size = socket_.receive(asio::buffer(buffer), 0, error);
        if (error == asio::error::would_block) return;
        if (error)
            tell_unreachable();
        else
            take(std::span(buffer.data(), size));
    }
}

void UdpSocket::take(std::span<const std::uint8_t> packet) {
    const auto at =
        packet.size() < 2 ? open_.end() : open_.find(static_cast<std::uint16_t>(packet[0] << 8U | packet[1]));
    if (at == open_.end()) {
        ++counters_.mismatched;
        return;
    }
    auto answer = parse_answer(packet);
    // Some servers answer what they cannot parse with a bare header. It ends nothing: the same server is
    // asked again without EDNS.
    const bool bare =
        answer && answer->empty && (answer->rcode == Rcode::formerr || answer->rcode == Rcode::notimp);
    if (!answer || (!bare && answer->question != *at->second.question)) {
        ++counters_.mismatched;
        return;
    }
    ++counters_.answers;
    at->second.inbox->put({server_, std::make_unique<Answer>(*std::move(answer))});
}

void UdpSocket::tell_unreachable() {
    for (auto& [id, open] : open_)
        open.inbox->put({server_, nullptr});
}

std::optional<Query> UdpPool::send(const Question& question, bool edns, Inbox& inbox, RandomIds& random) {
    auto& socket = sockets_[random.next() % sockets_per_server];
    if (socket && socket->worn(base::steady_now())) {
        socket->retire();
        socket.reset();
    }
    if (!socket) socket = UdpSocket::open(io_, server_, endpoint_, counters_);
    if (!socket) return std::nullopt;
    const auto id = socket->send(question, edns, inbox, random);
    if (!id) return std::nullopt;
    return Query(socket, *id);
}

void UdpPool::close() {
    for (auto& socket : sockets_) {
        if (socket) socket->close();
        socket.reset();
    }
}

}  // namespace nexthopd::dns
