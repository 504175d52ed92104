#include "maillog/postfix_line.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "maillog/take.hpp"

namespace nexthopd::maillog {

namespace {

/// Short ids are upper-case hexadecimal (5 digits of microseconds, then the inode), long ones digits
/// and consonants; 64-bit inodes make them up to 21 and 23 characters long. "warning: .." and
/// "statistics: .." have the same shape, but no digit.
std::optional<std::string_view> take_queue_id(std::string_view& body) {
    constexpr std::size_t shortest = 6;
    constexpr std::size_t longest = 24;
    std::size_t length = 0;
    bool has_digit = false;
    bool hexadecimal = true;
    for (; length < body.size() && length <= longest; ++length) {
        const char c = body[length];
        const bool upper = c >= 'A' && c <= 'Z';
        const bool digit = base::is_digit(c);
        if (!digit && !upper && !(c >= 'a' && c <= 'z')) break;
        has_digit = has_digit || digit;
        hexadecimal = hexadecimal && (digit || (c >= 'A' && c <= 'F'));
    }
    if (length < shortest || length > longest || !(has_digit || hexadecimal)) return std::nullopt;
    if (body.substr(length, 2) != ": ") return std::nullopt;
    const auto id = body.substr(0, length);
    body.remove_prefix(length + 2);
    return id;
}

/// The end of the address at the start of `text`: the ">" before ", KEY=" with one of the two keys that
/// can follow. Postfix >= 3.5 logs a local part with special characters quoted, so inside quotes a ">"
/// ends nothing, whatever the sender wrote behind it.
std::size_t end_of_address(std::string_view text) {
    std::size_t from = 0;
    if (!text.empty() && text.front() == '"') {
        for (std::size_t i = 1; i < text.size(); ++i) {
            if (text[i] == '\\') {
                ++i;
            } else if (text[i] == '"') {
                from = i + 1;
                break;
            }
        }
    }
    for (auto at = text.find(">, ", from); at != std::string_view::npos; at = text.find(">, ", at + 1)) {
        const auto next = text.substr(at + 3);
        if (next.starts_with("relay=") || next.starts_with("orig_to=")) return at;
    }
    return std::string_view::npos;
}

/// `<address>, ` or, as old versions of local(8) wrote it, `address, `.
std::optional<std::string_view> take_address(std::string_view& text) {
    const bool bracketed = take(text, "<");
    const auto end = bracketed ? end_of_address(text) : text.find(", ");
    if (end == std::string_view::npos) return std::nullopt;
    const auto address = text.substr(0, end);
    text.remove_prefix(end + (bracketed ? 3 : 2));
    return address;
}

std::optional<double> seconds(std::string_view text) {
    double value = 0;
    if (text.empty() || !base::is_digit(text.front())) return std::nullopt;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

PostfixLine outcome(std::string_view queue_id, std::string_view text) {
    Outcome out;
    out.queue_id = queue_id;
    const auto to = take_address(text);
    if (!to) return Malformed{};
    out.to = *to;
    if (take(text, "orig_to=")) {
        const auto orig_to = take_address(text);
        if (!orig_to) return Malformed{};
        out.orig_to = *orig_to;
    }
    if (!take(text, "relay=")) return Malformed{};
    const auto relay_end = text.find(", ");
    if (relay_end == std::string_view::npos) return Malformed{};
    out.relay = text.substr(0, relay_end);
    text.remove_prefix(relay_end + 2);
    // Keys come and go with the version (conn_use, tls): unknown ones are passed over.
    while (!take(text, "status=")) {
        const auto end = text.find(", ");
        const auto equals = text.find('=');
        if (end == std::string_view::npos || equals > end) return Malformed{};
        const auto key = text.substr(0, equals);
        const auto value = text.substr(equals + 1, end - equals - 1);
        text.remove_prefix(end + 2);
        if (key == "delay") {
            out.delay = seconds(value);
        } else if (key == "delays") {
            out.delays = value;
        } else if (key == "dsn") {
            out.dsn = value;
        } else if (key == "conn_use") {
            out.connection_use =
                static_cast<std::uint32_t>(base::parse_number(value, UINT32_MAX).value_or(1));
        }
    }
    const auto word_end = text.find(" (");
    if (word_end == std::string_view::npos || word_end == 0) return Malformed{};
    out.status = text.substr(0, word_end);
    const bool is_word = std::all_of(out.status.begin(), out.status.end(), [](char c) {
        const char lower = base::ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || c == '-';
    });
    if (!is_word) return Malformed{};
    out.text = text.substr(word_end + 2);
    if (!out.text.empty() && out.text.back() == ')') out.text.remove_suffix(1);
    auto relay = out.relay;
    if (const auto peer = take_peer(relay); peer && relay.empty()) out.peer = *peer;
    return out;
}

/// Taken from the right: the sender is a stranger's, and what stands behind it is not.
PostfixLine queue_active(std::string_view queue_id, std::string_view text) {
    QueueActive out;
    out.queue_id = queue_id;
    text.remove_suffix(std::string_view(" (queue active)").size());
    const auto nrcpt_at = text.rfind(", nrcpt=");
    if (nrcpt_at == std::string_view::npos) return Malformed{};
    const auto nrcpt = base::parse_number(text.substr(nrcpt_at + 8), UINT32_MAX);
    text = text.substr(0, nrcpt_at);
    const auto size_at = text.rfind(">, size=");
    if (!nrcpt || size_at == std::string_view::npos) return Malformed{};
    const auto size = base::parse_number(text.substr(size_at + 8));
    if (!size) return Malformed{};
    out.sender = text.substr(0, size_at);
    out.size = *size;
    out.nrcpt = static_cast<std::uint32_t>(*nrcpt);
    return out;
}

PostfixLine queue_manager_line(std::string_view queue_id, std::string_view text) {
    if (text == "removed") return Removed{queue_id};
    if (!take(text, "from=<")) return std::monostate{};
    if (text.ends_with(" (queue active)")) return queue_active(queue_id, text);
    if (text.ends_with(">, status=expired, returned to sender") ||
        text.ends_with(">, status=force-expired, returned to sender"))
        return Expired{queue_id};
    return std::monostate{};
}

/// Lines of the SMTP client that have no queue id.
PostfixLine connection_line(std::string_view body) {
    if (body.starts_with("connect to ")) return ConnectFailure{body};
    for (const std::string_view prefix : {"SSL_connect error to ", "certificate verification failed for "}) {
        if (!take(body, prefix)) continue;
        if (const auto peer = take_peer(body)) return TlsFailure{*peer};
        return Malformed{};
    }
    for (const std::string_view trust : {"Untrusted", "Trusted", "Verified", "Anonymous"}) {
        if (!take(body, trust)) continue;
        if (!take(body, " TLS connection established to ") && !take(body, " TLS connection reused to "))
            break;
        if (const auto peer = take_peer(body)) return TlsEstablished{*peer};
        return Malformed{};
    }
    return std::monostate{};
}

bool is_interim(std::string_view text) {
    for (const std::string_view prefix :
         {"host ", "lost connection with ", "conversation with ", "Cannot start TLS", "TLS is required",
          "Server certificate not ", "SASL authentication failed", "Protocol error: "})
        if (text.starts_with(prefix)) return true;
    return false;
}

}  // namespace

Service service_of(std::string_view program) {
    const auto slash = program.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return Service::none;
    const auto name = program.substr(slash + 1);
    if (name == "smtp") return Service::smtp;
    if (name == "qmgr") return Service::qmgr;
    if (name == "error") return Service::error;
    if (name == "lmtp") return Service::lmtp;
    if (name == "local" || name == "virtual" || name == "pipe" || name == "discard")
        return Service::local_delivery;
    if (name == "postsuper") return Service::postsuper;
    return Service::none;
}

std::optional<Peer> take_peer(std::string_view& text) {
    // A name of DNS has at most 253 characters; the rest of the line need not be searched.
    const auto open = text.substr(0, 256).find('[');
    if (open == std::string_view::npos || open == 0) return std::nullopt;
    const auto close = text.find(']', open);
    if (close == std::string_view::npos) return std::nullopt;
    Peer peer;
    peer.host = text.substr(0, open);
    peer.address = text.substr(open + 1, close - open - 1);
    constexpr std::string_view address_characters = "0123456789abcdefABCDEF.:";
    constexpr std::size_t longest = 45;  // INET6_ADDRSTRLEN without the zero
    if (peer.host.find(' ') != std::string_view::npos || peer.address.empty() ||
        peer.address.size() > longest ||
        peer.address.find_first_not_of(address_characters) != std::string_view::npos)
        return std::nullopt;
    auto rest = text.substr(close + 1);
    if (rest.size() > 1 && rest[0] == ':' && base::is_digit(rest[1])) {
        std::uint16_t port = 0;
        const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), port);
        if (error != std::errc{} || port == 0) return std::nullopt;
        peer.port = port;
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    }
    text = rest;
    return peer;
}

PostfixLine parse_postfix_line(Service service, std::string_view body) {
    const bool client = service == Service::smtp || service == Service::lmtp;
    const auto queue_id = take_queue_id(body);
    if (!queue_id) return client ? connection_line(body) : std::monostate{};
    switch (service) {
        case Service::qmgr:
            return queue_manager_line(*queue_id, body);
        case Service::postsuper:
            if (body == "removed") return Removed{*queue_id};
            return std::monostate{};
        case Service::smtp:
        case Service::lmtp:
            if (is_interim(body)) return Interim{*queue_id, body};
            [[fallthrough]];
        case Service::error:
        case Service::local_delivery:
            if (take(body, "to=")) return outcome(*queue_id, body);
            break;
        case Service::none:
            break;
    }
    return std::monostate{};
}

}  // namespace nexthopd::maillog
