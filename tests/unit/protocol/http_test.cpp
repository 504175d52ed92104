#include "protocol/http.hpp"

#include "catch.hpp"

using namespace nexthopd::protocol;

TEST_CASE("requests over HTTP") {
    struct Row {
        std::string_view bytes;
        std::string_view method;  // empty: no request
        std::string_view path = {};
        std::optional<std::string_view> host = {};
    };
    const Row rows[] = {
        {"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9747\r\nAccept: */*\r\n\r\n", "GET", "/metrics",
         "127.0.0.1:9747"},
        {"GET /metrics?a=b&c HTTP/1.0\r\n\r\n", "GET", "/metrics"},
        {"HEAD / HTTP/1.1\r\nHOST:localhost \r\n\r\n", "HEAD", "/", "localhost"},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET", "/", ""},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n", ""},
        {"GET / HTTP/1.1\r\nno header\r\n\r\n", ""},
        {"GET / HTTP/1.1\r\n folded: a\r\n\r\n", ""},
        {"GET /\r\n\r\n", ""},
        {"GET / HTTP/2\r\n\r\n", ""},
        {"GET  HTTP/1.1\r\n\r\n", ""},
        {"GET http://localhost/ HTTP/1.1\r\n\r\n", ""},
        {"GET /\x01 HTTP/1.1\r\n\r\n", ""},
        {"\r\n\r\n", ""},
        {"", ""},
    };
    for (const auto& row : rows) {
        INFO(row.bytes);
        const auto request = read_http_request(row.bytes);
        REQUIRE(request.has_value() == !row.method.empty());
        if (!request) continue;
        CHECK(request->method == row.method);
        CHECK(request->path == row.path);
        CHECK(request->host == row.host);
    }
}

TEST_CASE("replies over HTTP") {
    CHECK(http_reply({404, "no\n"}, true) ==
          "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
          "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nno\n");
    CHECK(http_reply({200, "abc"}, false).ends_with("Connection: close\r\n\r\n"));
    CHECK(http_reply({405, {}}, true).find("\r\nAllow: GET, HEAD\r\n") != std::string::npos);
}

TEST_CASE("who may be asked for in Host") {
    for (const auto* const own :
         {"localhost", "LocalHost:9747", "127.0.0.1", "127.0.0.1:9747", "[::1]:9747", "[::1]"})
        CHECK(host_is_own(own));
    for (const auto* const foreign :
         {"", "evil.example", "evil.example:9747", "localhost.evil.example", "127.0.0.1.evil.example", "[::1",
          "[evil.example]", "[fe80::1%evil.example]", "127.0.0.1:97 evil.example", "[::1]evil.example",
          ":9747"}) {
        INFO(foreign);
        CHECK_FALSE(host_is_own(foreign));
    }
    CHECK_FALSE(host_is_own(std::string_view("[::1\0.evil.example]", 19)));
}
