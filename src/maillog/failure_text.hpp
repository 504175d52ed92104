// What Postfix says about a failed delivery, taken apart: which server, at which stage, with which reply.
//
// The wording is that of smtp_proto.c, smtp_trouble.c, smtp_connect.c and smtp_sasl_glue.c (Postfix 2.3
// to 3.10). Postfix writes the beginning and, unless the line was cut, the end; the reply between them
// is the server's and may contain anything, these wordings too.
#pragma once

#include <optional>
#include <string_view>

#include "mail/attempt.hpp"
#include "maillog/postfix_line.hpp"

namespace nexthopd::maillog {

struct FailureText {
    enum class Kind {
        server,  // something a server did, or failed to do
        local,   // the doing of this host: no route for the address family, mail that loops, a queue that is
                 // suspended. Not an attempt, even where a server is named
        other,   // none of the known wordings
    };
    Kind kind = Kind::other;
    Peer peer;                  // empty: the text names none (TLS)
    std::string_view reply;     // the server's words, from the SMTP code on; empty: there was no reply
    std::optional<int> code;    // of `reply`
    std::string_view enhanced;  // status code within `reply` (RFC 3463), or, without a reply, the one that
                                // Postfix gives to this failure; empty: none
    mail::Stage stage = mail::Stage::ehlo;
    bool one_recipient = false;  // the reply to RCPT TO; all else ends the connection for all recipients left
};

FailureText parse_failure(std::string_view text);

/// `250 2.1.5 Ok` -> 250; nullopt when `reply` does not begin with three digits from 200 on.
std::optional<int> reply_code(std::string_view reply);
/// `450-4.2.1 text` -> `4.2.1`; empty when the reply has none.
std::string_view enhanced_code(std::string_view reply);
/// True for `D.D.D` with a class 2, 4 or 5 and up to three digits in the other parts.
bool is_enhanced_code(std::string_view text);
/// True for what connect(2) says when the fault is on this side: no route for the address family (a host with
/// IPv4 only logs it for every server that has both), a packet filter, no ports or descriptors left.
bool is_local_reason(std::string_view reason);

}  // namespace nexthopd::maillog
