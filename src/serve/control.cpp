#include "serve/control.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <exception>

#include "base/log.hpp"
#include "base/no_throw.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;
using nlohmann::json;

namespace {

constexpr std::size_t max_request = 64 * 1024;
constexpr std::chrono::seconds patience{10};

std::string to_text(const ControlReply& reply) {
    std::string out;
    for (const auto& line : reply.lines)
        out += line.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
    return out + json{{"exit", reply.exit}}.dump() + '\n';
}

}  // namespace

asio::awaitable<void> control_session(Socket socket, Daemon& daemon) {
    using namespace asio::experimental::awaitable_operators;
    try {
        asio::steady_timer timer(socket.get_executor(), patience);
        std::string line;
        const auto read = co_await (
            asio::async_read_until(socket, asio::dynamic_buffer(line, max_request), '\n', base::no_throw) ||
            timer.async_wait(base::no_throw));
        if (read.index() != 0 || std::get<0>(std::get<0>(read))) co_return;
        line.resize(std::get<1>(std::get<0>(read)));
        const auto request = json::parse(line, nullptr, false);
        ControlReply reply{{{{"error", "the request is not a JSON object"}}}, 2};
        if (request.is_object()) reply = co_await control_command(request, daemon);
        const auto text = to_text(reply);
        timer.expires_after(patience);
        co_await (asio::async_write(socket, asio::buffer(text), base::no_throw) ||
                  timer.async_wait(base::no_throw));
    } catch (const std::exception& failure) {
        log::error("control: {}", failure.what());
    }
}

}  // namespace nexthopd::serve
