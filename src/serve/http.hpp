// A few pages over HTTP, for Prometheus and for people: GET only, one request a connection.
//
// Bounded in every way: few connections, small requests, and whoever is slow is cut off.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string_view>

#include "protocol/http.hpp"
#include "serve/listener.hpp"

namespace nexthopd::serve {

struct HttpSurface {
    /// One more is closed at once.
    static constexpr std::size_t max_sessions = 16;

    /// The page of a path; one with status 404 where there is none.
    std::function<protocol::HttpPage(std::string_view path)> page;
    std::size_t sessions = 0;
};

/// Ends with the answer, or when the request or its reader takes too long.
boost::asio::awaitable<void> http_session(Socket socket, HttpSurface& surface);

}  // namespace nexthopd::serve
