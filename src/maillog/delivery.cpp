#include "maillog/delivery.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "maillog/logged_text.hpp"

namespace nexthopd::maillog {

namespace {

/// Postfix cuts what it logs at 2000 characters; a line that someone else wrote may be longer.
constexpr std::size_t max_result = 2000;

std::string dsn_of(mail::Status status, std::string_view logged, std::string_view enhanced) {
    const bool sent = status == mail::Status::sent;
    if (is_enhanced_code(logged) && (logged.front() == '2') == sent) return std::string(logged);
    if (sent) return "2.0.0";
    // smtp_trouble.c puts off what a server refuses for good: the class changes, the rest stays.
    if (logged.empty() && !enhanced.empty()) return '4' + std::string(enhanced.substr(1));
    return status == mail::Status::bounced ? "5.0.0" : "4.0.0";
}

}  // namespace

Ending make_ending(mail::Status status, const FailureText& parts, std::string_view text, std::string_view dsn,
                   base::WallTime time, std::uint64_t line) {
    Ending out;
    out.time = time;
    out.line = line;
    out.status = status;
    out.stage = parts.stage;
    out.dsn = dsn_of(status, dsn, parts.enhanced);
    // The first character says what happened: a 250 where it made no sense is no success.
    const bool sent = status == mail::Status::sent;
    if (parts.code && (sent ? *parts.code < 300 : *parts.code >= 400)) {
        out.code = parts.code;
        out.result = logged_text(parts.reply, max_result);
    } else {
        out.result = fmt::format("{} {}", out.dsn, logged_text(text, max_result));
    }
    return out;
}

Connection* Delivery::latest(const Server& server) {
    const auto found =
        std::find_if(connections.rbegin(), connections.rend(),
                     [&](const Connection& connection) { return connection.server == server; });
    return found == connections.rend() ? nullptr : &*found;
}

std::size_t Delivery::endings() const {
    std::size_t total = 0;
    for (const auto& connection : connections)
        total += connection.refusals.size() + (connection.end ? 1U : 0U);
    return total;
}

bool Delivery::open() const {
    return std::any_of(connections.begin(), connections.end(),
                       [](const Connection& connection) { return connection.open_endings() > 0; });
}

}  // namespace nexthopd::maillog
