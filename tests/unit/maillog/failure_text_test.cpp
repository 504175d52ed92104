#include "maillog/failure_text.hpp"

#include <fmt/format.h>
#include <string>

#include "catch.hpp"

using namespace nexthopd;
using maillog::FailureText;

namespace {

/// "stage code enhanced|reply", with "*" behind where it concerns one recipient only.
std::string summary(std::string_view text) {
    const auto parts = maillog::parse_failure(text);
    if (parts.kind == FailureText::Kind::local) return "local";
    if (parts.kind == FailureText::Kind::other) return "other";
    return fmt::format("{}{} {} {} {}|{}", parts.peer.host, parts.one_recipient ? "*" : "",
                       mail::to_text(parts.stage), parts.code.value_or(0), parts.enhanced, parts.reply);
}

}  // namespace

TEST_CASE("failure texts", "[maillog]") {
    struct Case {
        const char* text;
        const char* wanted;
    };
    const Case cases[] = {
        {"host h[1.2.3.4] said: 450 4.2.1 busy (in reply to RCPT TO command)",
         "h* rcpt 450 4.2.1|450 4.2.1 busy"},
        {"host h[1.2.3.4] said: 450 busy (in reply to MAIL FROM command)", "h mail 450 |450 busy"},
        {"host h[1.2.3.4] said: 450-4.2.1 a 450 4.2.1 b (in reply to DATA command)",
         "h data 450 4.2.1|450-4.2.1 a 450 4.2.1 b"},
        {"host h[1.2.3.4] said: 552 5.3.4 big (in reply to end of DATA command)",
         "h eod 552 5.3.4|552 5.3.4 big"},
        {"host h[1.2.3.4] said: 421 4.0.0 no (in reply to EHLO command)", "h ehlo 421 4.0.0|421 4.0.0 no"},
        {"host h[1.2.3.4] said: 450 4.2.1 cut", "h* rcpt 450 4.2.1|450 4.2.1 cut"},
        {"host h[1.2.3.4] said: 450 a (in reply to DATA command) cut",
         "h* rcpt 450 |450 a (in reply to DATA command) cut"},
        {"host h[1.2.3.4] said: babble (in reply to RCPT TO command)", "h* rcpt 0 |babble"},
        {"host h[1.2.3.4] refused to talk to me: 554 5.7.1 no", "h greeting 554 5.7.1|554 5.7.1 no"},
        {"host h[1.2.3.4] did something", "other"},
        {"host h said: 450 x", "other"},
        {"lost connection with h[1.2.3.4] while receiving the initial server greeting",
         "h greeting 0 4.4.2|"},
        {"lost connection with h[1.2.3.4] while performing the EHLO handshake", "h ehlo 0 4.4.2|"},
        {"lost connection with h[1.2.3.4] while performing the HELO handshake", "h ehlo 0 4.4.2|"},
        {"conversation with h[1.2.3.4] timed out while receiving the STARTTLS response", "h tls 0 4.4.2|"},
        {"conversation with h[1.2.3.4] timed out while sending MAIL FROM", "h mail 0 4.4.2|"},
        {"conversation with h[1.2.3.4] timed out while sending RCPT TO", "h rcpt 0 4.4.2|"},
        {"conversation with h[1.2.3.4] timed out while sending DATA command", "h data 0 4.4.2|"},
        {"conversation with h[1.2.3.4] timed out while sending message body", "h eod 0 4.4.2|"},
        {"conversation with h[1.2.3.4] timed out while sending end of data -- message may be sent more than "
         "once",
         "h eod 0 4.4.2|"},
        {"lost connection with h[1.2.3.4] for fun", "other"},
        {"connect to h[1.2.3.4]:25: Connection timed out", "h connect 0 4.4.1|"},
        {"connect to h[1.2.3.4]:25: No route to host", "h connect 0 4.4.1|"},
        {"connect to h[2001:db8::1]:25: Network is unreachable", "local"},
        {"connect to h[2001:db8::1]:25: Cannot assign requested address", "local"},
        {"connect to transport private/nosuch: No such file or directory", "other"},
        {"Cannot start TLS: handshake failure", " tls 0 4.7.5|"},
        {"Server certificate not trusted", " tls 0 4.7.5|"},
        {"TLS is required, but was not offered by host h[1.2.3.4]", "h tls 0 4.7.4|"},
        {"TLS is required, but host h[1.2.3.4] refused to start TLS: 454 4.7.0 no",
         "h tls 454 4.7.0|454 4.7.0 no"},
        {"TLS is required, but our TLS engine is unavailable", "local"},
        {"SASL authentication failed; server h[1.2.3.4] said: 535 5.7.8 no", "h ehlo 535 5.7.8|535 5.7.8 no"},
        {"SASL authentication failed; cannot authenticate to server h[1.2.3.4]: no mechanism available",
         "h ehlo 0 4.7.0|"},
        {"SMTPUTF8 is required, but was not offered by host h[1.2.3.4]", "h ehlo 0 |"},
        {"message size 1000 exceeds size limit 10 of server h[1.2.3.4]", "h ehlo 0 |"},
        {"Protocol error: host h[1.2.3.4] said: 250 what (in reply to RCPT TO command)",
         "h* rcpt 250 |250 what"},
        {"delivery temporarily suspended: host h[1.2.3.4] said: 450 x (in reply to RCPT TO command)",
         "local"},
        {"mail for one.example loops back to myself", "local"},
        {"local data error while talking to h[1.2.3.4]", "local"},
        {"Host or domain name not found. Name service error for name=one.example type=MX: Host not found",
         "other"},
        {"Domain one.example does not accept mail (nullMX)", "other"},
        {"Error looking up name=one.example type=MX: DNS reply filter drops all results", "other"},
        {"unable to find primary relay for one.example", "other"},
        {"", "other"},
    };
    for (const auto& one : cases) {
        INFO(one.text);
        CHECK(summary(one.text) == one.wanted);
    }
}

TEST_CASE("codes of replies", "[maillog]") {
    CHECK(maillog::reply_code("250 ok") == 250);
    CHECK(maillog::reply_code("550-5.7.1 no") == 550);
    CHECK(maillog::reply_code("421") == 421);
    for (const char* bad : {"", "25", "2500 ok", "150 x", "650 x", "25x ok", "x250 ok", "250ok"})
        CHECK(!maillog::reply_code(bad));
    CHECK(maillog::enhanced_code("450-4.2.1 busy") == "4.2.1");
    CHECK(maillog::enhanced_code("550 5.7.515 denied") == "5.7.515");
    for (const char* none : {"450 busy", "450 4.2 busy", "450 4.2.x busy", "450 3.2.1 busy",
                             "450 4.2.1234 busy", "4.2.1 x", "450 "})
        CHECK(maillog::enhanced_code(none).empty());
}
