#include "maillog/exim_failure.hpp"

#include "maillog/exim_address.hpp"
#include "maillog/take.hpp"

namespace nexthopd::maillog {

namespace {

using mail::Stage;

/// What stands between "after " and the reply.
struct Command {
    Stage stage = Stage::ehlo;
    std::string_view recipient;  // of RCPT TO
};

/// Cuts the command and ": " off. nullopt: it does not end.
std::optional<Command> take_command(std::string_view& text) {
    Command out;
    auto rest = text;
    take(rest, "pipelined ");
    if (take(rest, "MAIL FROM:")) {
        out.stage = Stage::mail;
        if (!take_angles(rest)) return std::nullopt;
    } else if (take(rest, "RCPT TO:")) {
        out.stage = Stage::rcpt;
        const auto recipient = take_angles(rest);
        if (!recipient) return std::nullopt;
        out.recipient = *recipient;
    } else if (rest.starts_with("initial connection")) {
        out.stage = Stage::greeting;
    } else if (rest.starts_with("STARTTLS")) {
        out.stage = Stage::tls;
    } else if (rest.starts_with("DATA")) {
        out.stage = Stage::data;
    } else if (rest.starts_with("end of data") || rest.starts_with("sending data block") ||
               rest.starts_with("BDAT") || rest.starts_with("QUIT")) {
        out.stage = Stage::eod;
    } else if (rest.starts_with("RSET")) {
        out.stage = Stage::mail;
    }  // EHLO, HELO, LHLO, AUTH, XCLIENT
    const auto end = rest.find(": ");
    text = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
    return out;
}

FailureText unanswered(Stage stage, std::string_view enhanced) {
    FailureText out;
    out.kind = FailureText::Kind::server;
    out.stage = stage;
    out.enhanced = enhanced;
    return out;
}

/// Behind "error .. after ".
FailureText answered(std::string_view text) {
    const auto command = take_command(text);
    if (!command) return {};
    FailureText out;
    out.kind = FailureText::Kind::server;
    out.stage = command->stage;
    out.one_recipient = out.stage == Stage::rcpt;
    // Versions without H= in the line: "host mx.example [192.0.2.1]: 451 ..".
    if (auto rest = text; take(rest, "host ")) {
        const auto blank = rest.find(' ');
        if (blank != std::string_view::npos && rest.substr(blank).starts_with(" [")) {
            const auto close = rest.find("]: ", blank);
            if (close != std::string_view::npos) {
                out.peer.host = rest.substr(0, blank);
                out.peer.address = rest.substr(blank + 2, close - blank - 2);
                text = rest.substr(close + 3);
            }
        }
    }
    out.reply = text;
    out.code = reply_code(text);
    out.enhanced = enhanced_code(text);
    return out;
}

FailureText interrupted(std::string_view text) {
    const auto command = take_command(text);
    if (!command) return {};
    return unanswered(command->stage, "4.4.2");
}

/// What connect(2) says when the server, or the way to it, is at fault.
bool is_remote_reason(std::string_view reason) {
    for (const std::string_view remote :
         {"Connection refused", "Connection timed out", "Operation timed out", "No route to host",
          "Host is down", "Connection reset by peer", "Software caused connection abort", "Broken pipe"})
        if (reason == remote) return true;
    return false;
}

}  // namespace

FailureText parse_exim_failure(std::string_view text) {
    if (take(text, "SMTP error from remote mail server after ") || take(text, "LMTP error after "))
        return answered(text);
    if (take(text, "PRDR error after ")) {
        auto out = answered(text);
        out.stage = Stage::eod;  // the reply to the data for one recipient
        out.one_recipient = true;
        return out;
    }
    if (take(text, "SMTP timeout after ") || take(text, "LMTP timeout after ") ||
        take(text, "Remote host closed connection in response to "))
        return interrupted(text);
    if (text.starts_with("Malformed SMTP reply") || text.starts_with("Malformed LMTP reply")) {
        const auto at = text.find(" in response to ");
        return at == std::string_view::npos ? unanswered(Stage::ehlo, "4.5.0")
                                            : interrupted(text.substr(at + 16));
    }
    if (text.starts_with("TLS session") || text.starts_with("TLS error") ||
        text.starts_with("a TLS session is required"))
        return unanswered(Stage::tls, "4.7.5");
    if (text.starts_with("authentication required but authentication attempt(s) failed"))
        return unanswered(Stage::ehlo, "4.7.0");
    if (text.starts_with("utf8 support required but not offered")) return unanswered(Stage::ehlo, {});
    FailureText local;
    local.kind = FailureText::Kind::local;
    // Our own veto, or that of somebody else's event_action; a descriptor that is not what Exim takes it for.
    if (text.starts_with("Event requests alternate response") || is_local_reason(text)) return local;
    if (text.starts_with("smtp send to ")) {
        if (text.find("Bad file descriptor") != std::string_view::npos) return local;
        return unanswered(Stage::ehlo, "4.4.2");
    }
    if (is_remote_reason(text)) return unanswered(Stage::connect, "4.4.1");
    return {};
}

std::string_view refused_recipient(std::string_view text) {
    if (!take(text, "SMTP error from remote mail server after ")) return {};
    const auto command = take_command(text);
    return command ? command->recipient : std::string_view();
}

}  // namespace nexthopd::maillog
