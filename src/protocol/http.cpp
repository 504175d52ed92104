#include "protocol/http.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::protocol {

namespace {

std::string_view line_of(std::string_view& rest) {
    const auto end = std::min(rest.find("\r\n"), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    return line;
}

bool is_visible(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

const char* reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        default:
            return "Service Unavailable";
    }
}

}  // namespace

std::optional<HttpRequest> read_http_request(std::string_view headers) {
    auto first = line_of(headers);
    HttpRequest request;
    const auto space = first.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    request.method = first.substr(0, space);
    first.remove_prefix(space + 1);
    const auto version = first.find(' ');
    if (version == std::string_view::npos || !first.substr(version + 1).starts_with("HTTP/1."))
        return std::nullopt;
    request.path = first.substr(0, version);
    if (!is_visible(request.method) || !is_visible(request.path) || request.path.front() != '/')
        return std::nullopt;
    request.path = request.path.substr(0, request.path.find('?'));
    while (!headers.empty()) {
        const auto line = line_of(headers);
        if (line.empty()) break;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !is_visible(line.substr(0, colon))) return std::nullopt;
        if (!base::equal_ignoring_case(line.substr(0, colon), "host")) continue;
        if (request.host) return std::nullopt;  // RFC 9112 section 3.2: two are an error
        request.host = base::trim(line.substr(colon + 1));
    }
    return request;
}

std::string http_reply(const HttpPage& page, bool with_body) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\n"
        "Content-Type: {}\r\n"
        "Content-Length: {}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "{}"
        "Connection: close\r\n"
        "\r\n"
        "{}",
        page.status, reason_of(page.status), page.type, page.body.size(),
        page.status == 405 ? "Allow: GET, HEAD\r\n" : "", with_body ? page.body : std::string());
}

bool host_is_own(std::string_view host) {
    const bool bracketed = host.starts_with('[');
    const auto end = std::min(bracketed ? host.find(']') : host.find(':'), host.size());
    auto port = host.substr(end);
    host = host.substr(0, end);
    if (bracketed) {
        if (port.empty()) return false;
        host.remove_prefix(1);
        port.remove_prefix(1);
    }
    if (!port.empty() && (port.front() != ':' || port.find_first_not_of("0123456789", 1) != port.npos))
        return false;
    if (base::equal_ignoring_case(host, "localhost")) return true;
    // Not "%" with a zone, whose name may be anything, nor what follows a zero byte, which nobody would read.
    if (host.find_first_not_of("0123456789abcdefABCDEF:.") != host.npos) return false;
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

}  // namespace nexthopd::protocol
