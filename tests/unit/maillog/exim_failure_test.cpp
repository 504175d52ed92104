#include "maillog/exim_failure.hpp"

#include <fmt/format.h>
#include <string>

#include "catch.hpp"

using namespace nexthopd;
using maillog::FailureText;

namespace {

/// "stage code enhanced|reply", with "*" in front where it concerns one recipient only.
std::string summary(std::string_view text) {
    const auto parts = maillog::parse_exim_failure(text);
    if (parts.kind == FailureText::Kind::local) return "local";
    if (parts.kind == FailureText::Kind::other) return "other";
    return fmt::format("{}{}{} {} {}|{}", parts.peer.host.empty() ? "" : fmt::format("{}: ", parts.peer.host),
                       parts.one_recipient ? "*" : "", mail::to_text(parts.stage), parts.code.value_or(0),
                       parts.enhanced, parts.reply);
}

}  // namespace

TEST_CASE("Exim's failure texts", "[maillog]") {
    struct Case {
        const char* text;
        const char* wanted;
    };
    const Case cases[] = {
        {"SMTP error from remote mail server after initial connection: 421 4.3.2 x",
         "greeting 421 4.3.2|421 4.3.2 x"},
        {"SMTP error from remote mail server after HELO mta.test: 550 x", "ehlo 550 |550 x"},
        {"SMTP error from remote mail server after EHLO mta.test: 421 x", "ehlo 421 |421 x"},
        {"SMTP error from remote mail server after AUTH PLAIN x: 454 x", "ehlo 454 |454 x"},
        {"SMTP error from remote mail server after STARTTLS: 454 x", "tls 454 |454 x"},
        {"SMTP error from remote mail server after pipelined MAIL FROM:<a@b.example> SIZE=1: 451 x",
         "mail 451 |451 x"},
        {"SMTP error from remote mail server after MAIL FROM:<\"a>: 250 x\"@b.example>: 451 x",
         "mail 451 |451 x"},
        {"SMTP error from remote mail server after RCPT TO:<u@one.example>: 550-5.1.1 a 550 5.1.1 b",
         "*rcpt 550 5.1.1|550-5.1.1 a 550 5.1.1 b"},
        {"SMTP error from remote mail server after RCPT TO:<\"u>: 250 x\"@one.example> NOTIFY=NEVER: 550 x: "
         "250",
         "*rcpt 550 |550 x: 250"},
        {"SMTP error from remote mail server after pipelined DATA: 554 x", "data 554 |554 x"},
        {"SMTP error from remote mail server after end of data: 451 x", "eod 451 |451 x"},
        {"SMTP error from remote mail server after pipelined sending data block: 452 x", "eod 452 |452 x"},
        {"SMTP error from remote mail server after RCPT TO:<u@one.example>: host mx.one.example [192.0.2.1]: "
         "451 x",
         "mx.one.example: *rcpt 451 |451 x"},
        {"SMTP error from remote mail server after RCPT TO:<u@one.example>: host is full",
         "*rcpt 0 |host is full"},
        {"SMTP error from remote mail server after RCPT TO:<u@one.example", "other"},
        {"LMTP error after end of data: 550 x", "eod 550 |550 x"},
        {"PRDR error after DATA: 550 x", "*eod 550 |550 x"},
        {"SMTP timeout after initial connection: Connection timed out", "greeting 0 4.4.2|"},
        {"SMTP timeout after end of data (12 bytes written)", "eod 0 4.4.2|"},
        {"Remote host closed connection in response to pipelined MAIL FROM:<a@b.example> SIZE=1",
         "mail 0 4.4.2|"},
        {"Malformed SMTP reply from mx in response to EHLO mta: x", "ehlo 0 4.4.2|"},
        {"TLS session: (gnutls_handshake): x", "tls 0 4.7.5|"},
        {"a TLS session is required, but the server did not offer TLS support", "tls 0 4.7.5|"},
        {"authentication required but authentication attempt(s) failed", "ehlo 0 4.7.0|"},
        {"utf8 support required but not offered for forwarding", "ehlo 0 |"},
        {"smtp send to mx [192.0.2.1] failed: Broken pipe", "ehlo 0 4.4.2|"},
        {"smtp send to mx [192.0.2.1] failed: Bad file descriptor: Bad file descriptor", "local"},
        {"Connection refused", "connect 0 4.4.1|"},
        {"Connection timed out", "connect 0 4.4.1|"},
        {"No route to host", "connect 0 4.4.1|"},
        {"Network is unreachable", "local"},
        {"Event requests alternate response", "local"},
        {"Connection refused by policy", "other"},
        {"retry time not reached for any host", "other"},
        {"F=<a@b.example> rejected RCPT <u@one.example>: SMTP error from remote mail server after DATA: 451",
         "other"},
        {"", "other"},
    };
    for (const auto& one : cases) {
        INFO(one.text);
        CHECK(summary(one.text) == one.wanted);
    }
    CHECK(maillog::refused_recipient(
              "SMTP error from remote mail server after RCPT TO:<\"u>\"@one.example>: 450 x") ==
          "\"u>\"@one.example");
    CHECK(maillog::refused_recipient("SMTP error from remote mail server after DATA: 450 x").empty());
}
