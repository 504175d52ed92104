#include "maillog/exim_line.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "maillog/exim_address.hpp"
#include "maillog/exim_failure.hpp"
#include "maillog/syslog_line.hpp"
#include "maillog/take.hpp"

namespace nexthopd::maillog {

namespace {

bool is_base62(std::string_view text) {
    for (const char c : text)
        if (!base::is_digit(c) && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z')) return false;
    return true;
}

/// The message id and the blank behind it; empty: there is none.
std::string_view take_id(std::string_view& text) {
    for (const auto& [middle, length] : {std::pair<std::size_t, std::size_t>{6, 16}, {11, 23}}) {
        if (text.size() <= length || text[length] != ' ' || text[6] != '-' || text[7 + middle] != '-')
            continue;
        if (!is_base62(text.substr(0, 6)) || !is_base62(text.substr(7, middle)) ||
            !is_base62(text.substr(8 + middle, length - 8 - middle)))
            continue;
        const auto id = text.substr(0, length);
        text.remove_prefix(length + 1);
        return id;
    }
    return {};
}

/// `2026-11-22 16:51:23[.123][ +0100] `: the digits are StampReader's.
std::string_view take_stamp(std::string_view& line) {
    constexpr std::size_t shortest = 19;
    if (line.size() <= shortest || line[4] != '-' || line[7] != '-' || line[10] != ' ' || line[13] != ':')
        return {};
    auto length = shortest;
    if (line[length] == '.') length = std::min(line.find_first_not_of("0123456789", length + 1), line.size());
    const auto zone = line.substr(length);
    if (zone.size() > 6 && zone[0] == ' ' && (zone[1] == '+' || zone[1] == '-') && base::is_digit(zone[2]) &&
        zone[6] == ' ')
        length += 6;
    if (length >= line.size() || line[length] != ' ') return {};
    const auto stamp = line.substr(0, length);
    line.remove_prefix(length + 1);
    return stamp;
}

std::optional<std::uint32_t> take_pid(std::string_view& line) {
    std::uint32_t pid = 0;
    if (line.empty() || line.front() != '[') return std::nullopt;
    const auto [end, error] = std::from_chars(line.data() + 1, line.data() + line.size(), pid);
    const auto rest = line.substr(static_cast<std::size_t>(end - line.data()));
    if (error != std::errc{} || !rest.starts_with("] ")) return std::nullopt;
    line = rest.substr(2);
    return pid;
}

/// Up to a blank, or to the colon ahead of the text.
std::string_view take_word(std::string_view& text) {
    auto word = text.substr(0, text.find(' '));
    if (word.ends_with(':')) word.remove_suffix(1);
    text.remove_prefix(word.size());
    return word;
}

bool is_name(std::string_view host) {
    const auto blank = host.find(' ');
    return blank == std::string_view::npos || host.front() == '(' ||
           (host.substr(blank).starts_with(" (") && host.ends_with(')'));
}

/// `NAME [IP]`, `NAME DS [IP]:25*`, `(HELO NAME) [IP]`. A stranger's name: it is checked where it is used.
std::optional<Peer> take_host(std::string_view& text) {
    constexpr std::size_t longest_name = 1'024;  // 255 octets, each written as \DDD
    constexpr std::size_t longest_address = 64;
    const auto open = text.substr(0, longest_name).find('[');
    if (open == std::string_view::npos) return std::nullopt;
    const auto close = text.find(']', open);
    if (close == std::string_view::npos || close - open > longest_address) return std::nullopt;
    Peer out;
    out.host = text.substr(0, open);
    if (out.host.ends_with(' ')) out.host.remove_suffix(1);
    if (out.host.ends_with(" DS")) out.host.remove_suffix(3);  // +dnssec: the address was validated
    if (!is_name(out.host)) return std::nullopt;
    out.address = text.substr(open + 1, close - open - 1);
    text.remove_prefix(close + 1);
    if (text.size() > 1 && text[0] == ':' && text[1] != ' ') {
        std::from_chars(text.data() + 1, text.data() + text.size(), out.port);
        text.remove_prefix(std::min(text.find_first_of("* :", 1), text.size()));
    }
    take(text, "*");
    return out;
}

/// `"..."`, in which a backslash makes the next character mean itself.
std::optional<std::string_view> take_quoted(std::string_view& text) {
    if (text.empty() || text.front() != '"') return std::nullopt;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            const auto inner = text.substr(1, at - 1);
            text.remove_prefix(at + 1);
            return inner;
        }
    }
    return std::nullopt;
}

/// readconf_printtime(): "0.023s", "7s", "1h2m3s".
std::optional<double> duration(std::string_view text) {
    double total = 0;
    while (!text.empty()) {
        double value = 0;
        if (!base::is_digit(text.front())) return std::nullopt;  // "inf" is a number, too
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
        if (error != std::errc{} || end == text.data() + text.size()) return std::nullopt;
        switch (*end) {
            case 'w':
                value *= 7 * 86'400.0;
                break;
            case 'd':
                value *= 86'400.0;
                break;
            case 'h':
                value *= 3'600.0;
                break;
            case 'm':
                value *= 60.0;
                break;
            case 's':
                break;
            default:
                return std::nullopt;
        }
        total += value;
        text = std::string_view(end + 1, static_cast<std::size_t>(text.data() + text.size() - end - 1));
    }
    constexpr double ten_years = 3650 * 86'400.0;
    return total <= ten_years ? std::optional<double>(total) : std::nullopt;
}

/// One field behind its blank, as the log_selector has them. False: it is none, or there was one like it: a
/// certificate's DN= is logged with whatever quotes its owner has put into it.
bool take_field(std::string_view& text, EximOutcome& out) {
    if (take(text, "R=")) {
        if (!out.router.empty()) return false;
        out.router = take_word(text);
    } else if (take(text, "T=")) {
        if (!out.transport.empty()) return false;
        out.transport = take_word(text);
    } else if (take(text, "F=")) {
        const auto sender = take_angles(text);
        if (!sender) return false;
        out.sender = *sender;
    } else if (take(text, "P=")) {
        return take_angles(text).has_value();
    } else if (take(text, "S=")) {
        out.size = base::parse_number(take_word(text));
    } else if (take(text, "H=")) {
        if (!out.peer.address.empty()) return false;
        auto rest = text;
        if (const auto host = take_host(rest)) {
            out.peer = *host;
            text = rest;
        } else {
            out.peer.host = take_word(text);  // of a local transport: there is no address
        }
    } else if (text.starts_with("I=[") || text.starts_with("PRX=[")) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return false;
        text.remove_prefix(close + 1);
        take_word(text);  // the port
    } else if (take(text, "X=")) {
        out.tls = true;
        take_word(text);
    } else if (take(text, "DN=")) {
        return take_quoted(text).has_value();
    } else if (take(text, "QT=")) {
        out.queue_time = duration(take_word(text));
    } else {
        const auto word = take_word(text);
        const auto equals = word.find('=');
        const auto key = word.substr(0, equals);
        const bool is_key = equals != std::string_view::npos && equals > 0 && is_base62(key);
        return is_key || word == "L" || word == "L*" || word == "K" || word == "PRDR" || word == "TFO" ||
               word == "TFO*";
    }
    return true;
}

/// Behind the address of `=>`: fields to the end.
EximLine delivered(EximOutcome out, std::string_view text) {
    while (!text.empty()) {
        if (!take(text, " ")) return EximMalformed{};
        if (take(text, "C=")) {
            const auto reply = take_quoted(text);
            if (!reply || !out.text.empty()) return EximMalformed{};
            out.text = *reply;
        } else if (!take_field(text, out)) {
            return EximMalformed{};
        }
    }
    return out;
}

/// Behind the address of `**`: fields, then ": " and the text.
EximLine failed(EximOutcome out, std::string_view text) {
    for (;;) {
        if (take(text, ": ") || take(text, " : ")) break;
        if (text.empty() || text == ":") return out;
        if (!take(text, " ") || !take_field(text, out)) return EximMalformed{};
    }
    // +deliver_time puts it behind the text.
    if (const auto at = text.rfind(" DT="); at != std::string_view::npos && duration(text.substr(at + 4)))
        text = text.substr(0, at);
    out.text = text;
    return out;
}

/// Behind `defer (`: `ERRNO)[: strerror][ H=NAME [IP]][ DT=..][: text]`
EximLine deferred(EximOutcome out, std::string_view text) {
    const auto close = text.substr(0, 16).find(')');
    if (close == std::string_view::npos) return EximMalformed{};
    std::from_chars(text.data(), text.data() + close, out.error);
    const bool errno_of_system = text[0] != '-' && text[0] != '0';
    text.remove_prefix(close + 1);
    std::string_view reason;
    if (errno_of_system && take(text, ": ")) {
        auto end = text.size();
        for (const std::string_view next : {": ", " H=", " DT="})
            end = std::min(end, text.find(next));
        reason = text.substr(0, end);
        text.remove_prefix(end);
    }
    while (!text.empty() && !take(text, ": ")) {
        if (!take(text, " ") || !take_field(text, out)) return EximMalformed{};
    }
    out.text = text.empty() ? reason : text;
    return out;
}

EximLine outcome(EximOutcome::Flag flag, std::string_view text) {
    using Flag = EximOutcome::Flag;
    EximOutcome out;
    out.flag = flag;
    const auto address = take_exim_address(text);
    if (!address) return EximMalformed{};
    out.address = address->address;
    out.original = address->original;
    if (flag == Flag::failed) return failed(std::move(out), text);
    if (flag != Flag::deferred) return delivered(std::move(out), text);
    for (;;) {
        if (!take(text, " ")) return EximMalformed{};
        if (take(text, "routing ")) out.routing = true;
        if (take(text, "defer (")) return deferred(std::move(out), text);
        if (!take_field(text, out)) return EximMalformed{};
    }
}

/// ` KEY=`, behind a sender.
bool at_key(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && text[at] >= 'A' && text[at] <= 'Z')
        ++at;
    return at > 0 && at < text.size() && text[at] == '=';
}

EximLine arrival(std::string_view text) {
    EximArrival out;
    if (take(text, "<>")) {
        out.sender = text.substr(0, 0);
    } else {
        bool quoted = false;
        std::size_t at = 0;
        for (; at < text.size(); ++at) {
            if (quoted && text[at] == '\\')
                ++at;
            else if (text[at] == '"')
                quoted = !quoted;
            else if (text[at] == ' ' && !quoted && at_key(text.substr(at + 1)))
                break;
        }
        if (at >= text.size()) return EximMalformed{};
        out.sender = text.substr(0, at);
        text.remove_prefix(at);
    }
    // What a client says of itself (HELO, certificate, Message-ID, subject) is in parentheses or quotes, or
    // comes later.
    while (take(text, " ")) {
        if (take(text, "S=")) {
            out.size = base::parse_number(take_word(text));
            break;
        }
        if (take(text, "DN=")) {
            if (!take_quoted(text)) break;
        } else if (take(text, "H=")) {
            if (!take_host(text)) break;
        } else {
            take_word(text);
        }
    }
    return out;
}

EximLine host_line(std::string_view text) {
    EximInterim out;
    const auto peer = take_host(text);
    if (!peer) return std::monostate{};
    out.peer = *peer;
    take(text, ":");
    if (!take(text, " ")) return std::monostate{};
    out.text = text;
    // Lines about clients begin alike: "H=(x) [192.0.2.1] F=<> rejected after DATA: ..".
    if (parse_exim_failure(text).kind == FailureText::Kind::other) return std::monostate{};
    return out;
}

EximLine tls_failure(std::string_view text) {
    constexpr std::string_view end = " (not in hosts_require_tls)";
    constexpr std::string_view middle = ": delivering unencrypted to ";
    if (!text.ends_with(end)) return std::monostate{};
    const auto at = text.rfind(middle);
    if (at == std::string_view::npos) return std::monostate{};
    auto rest = text.substr(at + middle.size());
    take(rest, "H=");
    const auto peer = take_host(rest);
    if (!peer || rest != end) return EximMalformed{};
    return EximTlsFailure{*peer, text.substr(0, at)};
}

}  // namespace

std::optional<EximFrame> split_exim_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    EximFrame out;
    out.stamp = take_stamp(line);
    if (out.stamp.empty()) {
        const auto fields = split_syslog_line(line);
        if (!fields) return std::nullopt;
        if (fields->program != "exim" && fields->program != "exim4") return out;
        line = fields->body;
        // What is long is split: "[1/2] first part", "[2/2] the rest".
        if (line.size() > 6 && line[0] == '[' && line[3] != ']' && (line[2] == '/' || line[2] == '\\')) {
            const auto close = line.find("] ");
            if (line[1] != '1' || close == std::string_view::npos) return out;
            line.remove_prefix(close + 2);
        }
        const auto inner = take_stamp(line);
        out.stamp = inner.empty() ? fields->stamp : inner;
        out.pid = fields->pid;
    }
    out.pid = take_pid(line).value_or(out.pid);
    out.id = take_id(line);
    out.body = line;
    return out;
}

EximLine parse_exim_line(std::string_view body) {
    using Flag = EximOutcome::Flag;
    if (body.size() > 3 && body[2] == ' ') {
        const auto flag = body.substr(0, 2);
        const auto rest = body.substr(3);
        if (flag == "<=") return arrival(rest);
        if (flag == "=>") return outcome(Flag::delivered, rest);
        if (flag == "->") return outcome(Flag::further, rest);
        if (flag == "==") return outcome(Flag::deferred, rest);
        if (flag == "**") return outcome(Flag::failed, rest);
        if (flag == "*>") return outcome(Flag::suppressed, rest);
        if (flag == ">>") return outcome(Flag::cutthrough, rest);
        return std::monostate{};
    }
    if (body == "Completed" || body.starts_with("Completed ") || body.starts_with("removed by "))
        return EximGone{};
    if (take(body, "H=")) return host_line(body);
    if (body.starts_with("TLS session") || body.starts_with("TLS error")) return tls_failure(body);
    return std::monostate{};
}

}  // namespace nexthopd::maillog
