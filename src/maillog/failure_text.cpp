#include "maillog/failure_text.hpp"

#include "base/text.hpp"
#include "maillog/take.hpp"

namespace nexthopd::maillog {

namespace {

using mail::Stage;

FailureText answered(Peer peer, std::string_view reply, Stage stage) {
    FailureText out;
    out.kind = FailureText::Kind::server;
    out.peer = peer;
    out.reply = reply;
    out.code = reply_code(reply);
    out.enhanced = enhanced_code(reply);
    out.stage = stage;
    return out;
}

FailureText unanswered(Peer peer, std::string_view enhanced, Stage stage) {
    FailureText out;
    out.kind = FailureText::Kind::server;
    out.peer = peer;
    out.enhanced = enhanced;
    out.stage = stage;
    return out;
}

FailureText of_kind(FailureText::Kind kind) {
    FailureText out;
    out.kind = kind;
    return out;
}

/// xfer_request[] of smtp_proto.c.
Stage stage_of_command(std::string_view command) {
    if (command.starts_with("MAIL FROM") || command.starts_with("RSET")) return Stage::mail;
    if (command.starts_with("DATA")) return Stage::data;
    if (command.starts_with("end of DATA") || command.starts_with("final RSET") ||
        command.starts_with("QUIT"))
        return Stage::eod;
    if (command.starts_with("EHLO") || command.starts_with("HELO") || command.starts_with("LHLO") ||
        command.starts_with("XFORWARD") || command.starts_with("AUTH"))
        return Stage::ehlo;
    return Stage::rcpt;
}

/// xfer_states[] of smtp_proto.c, and the handshakes before it.
Stage stage_of_activity(std::string_view activity) {
    if (activity.starts_with("receiving the initial server greeting")) return Stage::greeting;
    if (activity.find("STARTTLS") != std::string_view::npos) return Stage::tls;
    if (activity.starts_with("performing") || activity.starts_with("sending XFORWARD")) return Stage::ehlo;
    if (activity.starts_with("sending MAIL FROM")) return Stage::mail;
    if (activity.starts_with("sending RCPT TO")) return Stage::rcpt;
    if (activity.starts_with("sending DATA")) return Stage::data;
    if (activity.starts_with("sending message body") || activity.starts_with("sending end of data") ||
        activity.starts_with("sending final RSET") || activity.starts_with("sending QUIT"))
        return Stage::eod;
    return Stage::ehlo;
}

/// `H[IP] said: REPLY (in reply to CMD command)` or `H[IP] refused to talk to me: REPLY`
FailureText host_said(std::string_view text) {
    const auto peer = take_peer(text);
    if (!peer) return {};
    // Replies to EHLO and HELO are worded like those to the connection itself.
    if (take(text, " refused to talk to me: ")) return answered(*peer, text, Stage::greeting);
    if (!take(text, " said: ")) return {};
    // The last one is Postfix's own; it is missing when the line was cut, and RCPT is where most refuse.
    constexpr std::string_view introduction = " (in reply to ";
    constexpr std::string_view end = " command)";
    Stage stage = Stage::rcpt;
    if (const auto at = text.rfind(introduction); at != std::string_view::npos && text.ends_with(end)) {
        stage = stage_of_command(text.substr(at + introduction.size()));
        text = text.substr(0, at);
    }
    auto out = answered(*peer, text, stage);
    out.one_recipient = stage == Stage::rcpt;
    return out;
}

/// `H[IP]:port: reason`
FailureText not_connected(std::string_view text) {
    const auto peer = take_peer(text);
    if (!peer || !take(text, ": ")) return {};
    if (is_local_reason(text)) return of_kind(FailureText::Kind::local);
    return unanswered(*peer, "4.4.1", Stage::connect);
}

/// `H[IP] while ..`, `H[IP] timed out while ..`
FailureText interrupted(std::string_view text, std::string_view middle) {
    const auto peer = take_peer(text);
    if (!peer || !take(text, middle)) return {};
    return unanswered(*peer, "4.4.2", stage_of_activity(text));
}

/// `TLS is required, but ..`
FailureText tls_required(std::string_view text) {
    if (take(text, "was not offered by host ")) {
        if (const auto peer = take_peer(text)) return unanswered(*peer, "4.7.4", Stage::tls);
    } else if (take(text, "host ")) {
        const auto peer = take_peer(text);
        if (peer && take(text, " refused to start TLS: ")) return answered(*peer, text, Stage::tls);
    }
    return of_kind(FailureText::Kind::local);  // "our TLS engine is unavailable"
}

/// `SASL authentication failed..`: between EHLO and MAIL, so it is put with EHLO.
FailureText sasl_failed(std::string_view text) {
    for (const std::string_view introduction : {"; server ", ": server ", "; cannot authenticate to server ",
                                                "; authentication protocol loop with server "}) {
        if (!take(text, introduction)) continue;
        const auto peer = take_peer(text);
        if (!peer) break;
        if (take(text, " said: ")) return answered(*peer, text, Stage::ehlo);
        return unanswered(*peer, "4.7.0", Stage::ehlo);
    }
    return {};
}

/// `.. was not offered by host H[IP]`, `.. exceeds size limit N of server H[IP]`: what EHLO did not offer.
FailureText not_offered(std::string_view text) {
    for (const std::string_view introduction : {" was not offered by host ", " of server "}) {
        const auto at = text.find(introduction);
        if (at == std::string_view::npos) continue;
        auto rest = text.substr(at + introduction.size());
        const auto peer = take_peer(rest);
        if (peer && rest.empty()) return unanswered(*peer, {}, Stage::ehlo);
    }
    return {};
}

}  // namespace

bool is_local_reason(std::string_view reason) {
    for (const std::string_view local :
         {"Network is unreachable", "Address family not supported", "Protocol not supported",
          "Cannot assign requested address", "Can't assign requested address", "Permission denied",
          "Operation not permitted", "Too many open files", "No buffer space available",
          "Cannot allocate memory", "Network is down"})
        if (reason.starts_with(local)) return true;
    return false;
}

std::optional<int> reply_code(std::string_view reply) {
    if (reply.size() < 3 || reply[0] < '2' || reply[0] > '5') return std::nullopt;
    if (!base::is_digit(reply[1]) || !base::is_digit(reply[2])) return std::nullopt;
    if (reply.size() > 3 && reply[3] != ' ' && reply[3] != '-') return std::nullopt;
    return (reply[0] - '0') * 100 + (reply[1] - '0') * 10 + (reply[2] - '0');
}

bool is_enhanced_code(std::string_view text) {
    if (text.size() < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5') || text[1] != '.')
        return false;
    const auto dot = text.find('.', 2);
    if (dot == std::string_view::npos) return false;
    const auto digits = [](std::string_view part) {
        return !part.empty() && part.size() <= 3 &&
               part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return digits(text.substr(2, dot - 2)) && digits(text.substr(dot + 1));
}

std::string_view enhanced_code(std::string_view reply) {
    if (!reply_code(reply) || reply.size() < 5) return {};
    reply.remove_prefix(4);
    const auto code = reply.substr(0, reply.find(' '));
    return is_enhanced_code(code) ? code : std::string_view{};
}

FailureText parse_failure(std::string_view text) {
    using Kind = FailureText::Kind;
    take(text, "Protocol error: ");  // before a reply whose code is neither 4xx nor 5xx
    if (take(text, "host ")) return host_said(text);
    if (take(text, "connect to ")) return not_connected(text);
    if (take(text, "lost connection with ")) return interrupted(text, " while ");
    if (take(text, "conversation with ")) return interrupted(text, " timed out while ");
    if (take(text, "TLS is required, but ")) return tls_required(text);
    if (text.starts_with("Cannot start TLS") || text.starts_with("Server certificate not "))
        return unanswered({}, "4.7.5", Stage::tls);
    if (take(text, "SASL authentication failed")) return sasl_failed(text);
    if (text.starts_with("SMTPUTF8 is required") || text.starts_with("message size "))
        return not_offered(text);
    if (text.starts_with("delivery temporarily suspended") || text.starts_with("local data error while ") ||
        (text.starts_with("mail for ") && text.find(" loops back to myself") != std::string_view::npos))
        return of_kind(Kind::local);
    return {};
}

}  // namespace nexthopd::maillog
