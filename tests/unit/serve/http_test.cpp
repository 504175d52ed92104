#include "serve/http.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "catch.hpp"

using namespace nexthopd::serve;
using nexthopd::protocol::HttpPage;
namespace asio = boost::asio;

namespace {

/// What a client gets that says `bytes` and no more.
std::string reply_to(const std::string& bytes, HttpSurface& surface) {
    asio::io_context io;
    asio::local::stream_protocol::socket ours(io);
    asio::local::stream_protocol::socket theirs(io);
    asio::local::connect_pair(ours, theirs);
    asio::write(ours, asio::buffer(bytes));
    ours.shutdown(asio::socket_base::shutdown_send);
    asio::co_spawn(io, http_session(Socket(std::move(theirs)), surface), asio::detached);
    io.run();
    std::string reply;
    boost::system::error_code error;
    asio::read(ours, asio::dynamic_buffer(reply), error);
    return reply;
}

std::string status_of(const std::string& reply) {
    return reply.substr(0, reply.find('\r'));
}

}  // namespace

TEST_CASE("one request, one answer") {
    HttpSurface surface{[](std::string_view path) {
        return path == "/metrics" ? HttpPage{200, "holds 3\n"} : HttpPage{404, "no\n"};
    }};
    struct Row {
        std::string request;
        std::string status;
    };
    const Row rows[] = {
        {"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9747\r\n\r\n", "HTTP/1.1 200 OK"},
        {"GET /metrics?a=b HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK"},
        {"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 OK"},
        {"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404 Not Found"},
        {"GET /metrics HTTP/1.1\r\nHost: evil.example:9747\r\n\r\n", "HTTP/1.1 403 Forbidden"},
        {"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
         "HTTP/1.1 405 Method Not Allowed"},
        {"DELETE / HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
        {"nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET / HT", "HTTP/1.1 400 Bad Request"},
    };
    for (const auto& row : rows) {
        INFO(row.request.substr(0, 60));
        CHECK(status_of(reply_to(row.request, surface)) == row.status);
    }
    const auto page = reply_to(rows[0].request, surface);
    CHECK(page.ends_with("\r\n\r\nholds 3\n"));
    CHECK(page.find("Connection: close\r\n") != std::string::npos);
    CHECK(page.find("Content-Length: 8\r\n") != std::string::npos);
    CHECK(reply_to(rows[2].request, surface).ends_with("\r\n\r\n"));
    CHECK(surface.sessions == 0);
}

TEST_CASE("one connection too many is closed without an answer") {
    HttpSurface surface{[](std::string_view) { return HttpPage(); }};
    surface.sessions = HttpSurface::max_sessions;
    CHECK(reply_to("GET / HTTP/1.1\r\n\r\n", surface).empty());
    CHECK(surface.sessions == HttpSurface::max_sessions);
}
