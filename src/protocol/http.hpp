// The little of HTTP/1.1 (RFC 9112) that a page without parameters needs: a request line and the header Host.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nexthopd::protocol {

/// With its headers; more than Prometheus or a browser sends.
constexpr std::size_t max_http_request = 8 * 1024;
inline constexpr std::string_view http_headers_end = "\r\n\r\n";

/// Views into the bytes of the request.
struct HttpRequest {
    std::string_view method;
    std::string_view path;  // without a query
    std::optional<std::string_view> host;
};

/// `headers`: all up to and with the empty line. nullopt: no such request.
std::optional<HttpRequest> read_http_request(std::string_view headers);

struct HttpPage {
    int status = 200;  // one of 200, 400, 403, 404, 405, 503
    std::string body;
    std::string_view type = "text/plain; charset=utf-8";
};

/// The answer, after which the connection is closed. `with_body`: not for HEAD.
std::string http_reply(const HttpPage& page, bool with_body);

/// A page of this machine is not for scripts of strangers: in a browser these can reach it under a name of
/// their own (DNS rebinding), but not under an address or "localhost". `host` is the header, with or without
/// a port.
bool host_is_own(std::string_view host);

}  // namespace nexthopd::protocol
