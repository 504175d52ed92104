#include "dns/tcp.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/no_throw.hpp"

namespace nexthopd::dns {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::array<std::uint8_t, 2> length_prefix(std::size_t size) {
    return {static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size & 0xFFU)};
}

asio::awaitable<std::unique_ptr<Answer>> converse(tcp::endpoint server, std::vector<std::uint8_t> query) {
    tcp::socket socket(co_await asio::this_coro::executor);
    if (const auto [error] = co_await socket.async_connect(server, base::no_throw); error) co_return nullptr;

    // One write: some servers do not wait for the second segment of a query.
    const auto prefix = length_prefix(query.size());
    query.insert(query.begin(), prefix.begin(), prefix.end());
    if (const auto [error, n] = co_await asio::async_write(socket, asio::buffer(query), base::no_throw);
        error)
        co_return nullptr;

    std::array<std::uint8_t, 2> length{};
    if (const auto [error, n] = co_await asio::async_read(socket, asio::buffer(length), base::no_throw);
        error)
        co_return nullptr;
    std::vector<std::uint8_t> packet(static_cast<std::size_t>(length[0]) << 8U | length[1]);
    if (const auto [error, n] = co_await asio::async_read(socket, asio::buffer(packet), base::no_throw);
        error)
        co_return nullptr;
    auto answer = parse_answer(packet);
    if (!answer) co_return nullptr;
    co_return std::make_unique<Answer>(*std::move(answer));
}

}  // namespace

asio::awaitable<std::unique_ptr<Answer>> ask_tcp(tcp::endpoint server, Question question, std::uint16_t id,
                                                 bool edns, base::Instant deadline) {
    using namespace asio::experimental::awaitable_operators;
    auto query = encode_query(question, id, edns);
    if (!query) co_return nullptr;
    asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
    auto first = co_await (converse(server, *std::move(query)) || timer.async_wait(base::no_throw));
    auto* const answer = std::get_if<0>(&first);
    if (answer == nullptr || !*answer) co_return nullptr;
    if ((*answer)->id != id || (*answer)->question != question || (*answer)->truncated) co_return nullptr;
    co_return std::move(*answer);
}

}  // namespace nexthopd::dns
