#include "serve/http.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <exception>
#include <string>

#include "base/log.hpp"
#include "base/no_throw.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds http_patience{5};  // for the request, and again for the answer to be taken

protocol::HttpPage page_for(const protocol::HttpRequest& request, const HttpSurface& surface) {
    if (request.method != "GET" && request.method != "HEAD") return {405, "only GET is known here\n"};
    if (request.host && !protocol::host_is_own(*request.host))
        return {403, "ask by address, or as localhost\n"};
    return surface.page(request.path);
}

asio::awaitable<void> exchange(Socket& socket, const HttpSurface& surface) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(socket.get_executor(), http_patience);
    std::string bytes;
    auto buffer = asio::dynamic_buffer(bytes, protocol::max_http_request);
    const auto read =
        co_await (asio::async_read_until(socket, buffer, protocol::http_headers_end, base::no_throw) ||
                  timer.async_wait(base::no_throw));
    if (read.index() != 0) co_return;
    const auto [error, size] = std::get<0>(read);
    const auto request =
        error ? std::nullopt : protocol::read_http_request(std::string_view(bytes).substr(0, size));
    const protocol::HttpPage bad{400, "this is no request\n"};
    const auto reply = request ? protocol::http_reply(page_for(*request, surface), request->method != "HEAD")
                               : protocol::http_reply(bad, true);
    timer.expires_after(http_patience);
    co_await (asio::async_write(socket, asio::buffer(reply), base::no_throw) ||
              timer.async_wait(base::no_throw));
}

}  // namespace

asio::awaitable<void> http_session(Socket socket, HttpSurface& surface) {
    if (surface.sessions >= HttpSurface::max_sessions) co_return;
    ++surface.sessions;
    try {
        co_await exchange(socket, surface);
    } catch (const std::exception& failure) {
        log::error("http: {}", failure.what());
    }
    --surface.sessions;
}

}  // namespace nexthopd::serve
