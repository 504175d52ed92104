#include "maillog/postfix_line.hpp"

#include <string>

#include "catch.hpp"

using namespace nexthopd::maillog;

TEST_CASE("the program behind a tag", "[maillog]") {
    CHECK(service_of("postfix/smtp") == Service::smtp);
    CHECK(service_of("postfix/relay/smtp") == Service::smtp);
    CHECK(service_of("postfix-out/smtp") == Service::smtp);
    CHECK(service_of("postfix-out/relay/smtp") == Service::smtp);
    CHECK(service_of("postfix-10.20.30.40/smtp") == Service::smtp);
    CHECK(service_of("postfix/lmtp") == Service::lmtp);
    CHECK(service_of("postfix/error") == Service::error);
    CHECK(service_of("postfix/qmgr") == Service::qmgr);
    CHECK(service_of("postfix/postsuper") == Service::postsuper);
    CHECK(service_of("postfix/pipe") == Service::local_delivery);
    for (const char* other :
         {"", "smtp", "/smtp", "postfix/smtpd", "postfix/smtp/", "postfix/cleanup", "postfixsmtp"})
        CHECK(service_of(other) == Service::none);
}

TEST_CASE("an outcome line", "[maillog]") {
    const auto line = parse_postfix_line(Service::smtp,
                                         "4jXZhl38Prz1bd6P: to=<u6@one.example>, orig_to=<list@two.example>, "
                                         "relay=mx1.example.com[192.0.2.1]:2525, "
                                         "conn_use=2, delay=0.04, delays=0.03/0.01/0/0, tls=may:none, "
                                         "dsn=2.0.0, status=sent (250 2.0.0 ok (1))");
    const auto& outcome = std::get<Outcome>(line);
    CHECK(outcome.queue_id == "4jXZhl38Prz1bd6P");
    CHECK(outcome.to == "u6@one.example");
    CHECK(outcome.orig_to == "list@two.example");
    CHECK(outcome.relay == "mx1.example.com[192.0.2.1]:2525");
    CHECK(outcome.peer.host == "mx1.example.com");
    CHECK(outcome.peer.address == "192.0.2.1");
    CHECK(outcome.peer.port == 2525);
    CHECK(outcome.connection_use == 2);
    CHECK(outcome.delay == 0.04);
    CHECK(outcome.delays == "0.03/0.01/0/0");
    CHECK(outcome.dsn == "2.0.0");
    CHECK(outcome.status == "sent");
    CHECK(outcome.text == "250 2.0.0 ok (1)");
}

TEST_CASE("where an address ends", "[maillog]") {
    struct Case {
        const char* field;
        const char* to;
    };
    const Case cases[] = {
        {"<u@one.example>", "u@one.example"},
        {"<>", ""},
        {"<\"a b\"@one.example>", "\"a b\"@one.example"},
        {"<jürgen@bücher.example>", "jürgen@bücher.example"},
        {"<a>, b@one.example>", "a>, b@one.example"},
        {"<a, relay=x@one.example>", "a, relay=x@one.example"},
        {"<\"x>, relay=y\"@one.example>", "\"x>, relay=y\"@one.example"},
        {"<\"x\\\">, relay=y\"@one.example>", "\"x\\\">, relay=y\"@one.example"},
        {"<\"never closed@one.example>", "\"never closed@one.example"},
        {"root@localhost", "root@localhost"},  // local(8) of old versions
    };
    for (const auto& one : cases) {
        INFO(one.field);
        const std::string body = std::string("8318BA74823: to=") + one.field +
                                 ", relay=none, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (x)";
        const auto line = parse_postfix_line(Service::local_delivery, body);
        REQUIRE(std::holds_alternative<Outcome>(line));
        CHECK(std::get<Outcome>(line).to == one.to);
        CHECK(std::get<Outcome>(line).relay == "none");
    }
}

TEST_CASE("the other lines", "[maillog]") {
    const auto active = std::get<QueueActive>(parse_postfix_line(
        Service::qmgr,
        "8318BA74823: from=<a>, size=1, nrcpt=9 (queue active)>, size=245, nrcpt=1 (queue active)"));
    CHECK(active.sender == "a>, size=1, nrcpt=9 (queue active)");
    CHECK(active.size == 245);
    CHECK(active.nrcpt == 1);
    CHECK(std::get<Removed>(parse_postfix_line(Service::qmgr, "8318BA74823: removed")).queue_id ==
          "8318BA74823");
    CHECK(std::holds_alternative<Removed>(parse_postfix_line(Service::postsuper, "8318BA74823: removed")));
    for (const char* word : {"expired", "force-expired"})
        CHECK(std::holds_alternative<Expired>(parse_postfix_line(
            Service::qmgr, std::string("8318BA74823: from=<a@b>, status=") + word + ", returned to sender")));
    const auto interim = std::get<Interim>(parse_postfix_line(
        Service::smtp, "8318BA74823: host mx1.example.com[192.0.2.1] refused to talk to me: 421 x"));
    CHECK(interim.text == "host mx1.example.com[192.0.2.1] refused to talk to me: 421 x");
    CHECK(std::holds_alternative<ConnectFailure>(
        parse_postfix_line(Service::smtp, "connect to mx1.example.com[192.0.2.1]:25: Connection refused")));
    const auto secured = std::get<TlsEstablished>(parse_postfix_line(
        Service::smtp,
        "Verified TLS connection established to mx1.example.com[2001:db8::1]:25: TLSv1.3 with cipher X"));
    CHECK(secured.peer.host == "mx1.example.com");
    CHECK(secured.peer.address == "2001:db8::1");
    CHECK(secured.peer.port == 25);
    const auto insecure = std::get<TlsFailure>(parse_postfix_line(
        Service::smtp, "SSL_connect error to mx1.example.com[192.0.2.1]:25: lost connection"));
    CHECK(insecure.peer.host == "mx1.example.com");
}

TEST_CASE("lines of no interest", "[maillog]") {
    struct Case {
        Service service;
        const char* body;
    };
    const Case cases[] = {
        {Service::smtp, ""},
        {Service::smtp, "warning: host mx1.example.com[192.0.2.1] said: 450 x (in reply to RCPT TO command)"},
        {Service::smtp, "statistics: to=<a@b>, relay=none, delay=1, status=sent (x)"},
        {Service::smtp, "8318BA74823: enabling PIX workarounds: disable_esmtp for example.com[192.0.2.1]:25"},
        {Service::smtp, "8318BA74823: Host offered STARTTLS: [mx1.example.com]"},
        {Service::smtp, "8318B: to=<a@b>, relay=none, delay=1, status=sent (x)"},  // id too short
        {Service::smtp,
         "8318BA748238318BA74823AAA: to=<a@b>, relay=none, delay=1, status=sent (x)"},  // and too long
        {Service::smtp, "8318BA-4823: to=<a@b>, relay=none, delay=1, status=sent (x)"},
        {Service::smtp, "8318BA74823: from=<a@b>, size=245, nrcpt=1 (queue active)"},
        {Service::qmgr, "8318BA74823: to=<a@b>, relay=none, delay=1, status=sent (x)"},
        {Service::qmgr, "8318BA74823: skipped, still being delivered"},
        {Service::qmgr, "8318BA74823: from=<a@b>, size=245, nrcpt=1 (queue incoming)"},
        {Service::qmgr, "connect to mx1.example.com[192.0.2.1]:25: Connection refused"},
        {Service::error,
         "8318BA74823: host mx1.example.com[192.0.2.1] said: 450 x (in reply to RCPT TO command)"},
        {Service::none, "8318BA74823: to=<a@b>, relay=none, delay=1, status=sent (x)"},
    };
    for (const auto& one : cases) {
        INFO(one.body);
        CHECK(std::holds_alternative<std::monostate>(parse_postfix_line(one.service, one.body)));
    }
}

TEST_CASE("lines that are cut, or bent", "[maillog]") {
    struct Case {
        Service service;
        const char* body;
    };
    const Case cases[] = {
        {Service::smtp, "8318BA74823: to="},
        {Service::smtp, "8318BA74823: to=<a@b"},
        {Service::smtp, "8318BA74823: to=<a@b>, rel"},
        {Service::smtp, "8318BA74823: to=<a@b>, orig_to=<c@d>, delay=1, status=sent (x)"},
        {Service::smtp, "8318BA74823: to=<a@b>, relay=none"},
        {Service::smtp, "8318BA74823: to=<a@b>, relay=none, delay=1, dsn=2.0"},
        {Service::smtp, "8318BA74823: to=<a@b>, relay=none, delay, status=sent (x)"},
        {Service::smtp, "8318BA74823: to=<a@b>, relay=none, delay=1, status=sent"},
        {Service::smtp, "8318BA74823: to=<a@b>, relay=none, delay=1, status= (x)"},
        {Service::smtp, "8318BA74823: to=<a@b>, relay=none, delay=1, status=two words (x)"},
        {Service::smtp, "Trusted TLS connection established to nobody"},
        {Service::smtp, "SSL_connect error to private/tlsproxy"},
        {Service::qmgr, "8318BA74823: from=<a@b>, nrcpt=1 (queue active)"},
        {Service::qmgr, "8318BA74823: from=<a@b>, size=-1, nrcpt=1 (queue active)"},
        {Service::qmgr, "8318BA74823: from=< (queue active)"},
    };
    for (const auto& one : cases) {
        INFO(one.body);
        CHECK(std::holds_alternative<Malformed>(parse_postfix_line(one.service, one.body)));
    }
}

TEST_CASE("the name of a server", "[maillog]") {
    const auto good = [](std::string_view text) {
        const auto peer = take_peer(text);
        REQUIRE(peer);
        return std::string(peer->host) + "|" + std::string(peer->address) + "|" + std::to_string(peer->port) +
               "|" + std::string(text);
    };
    CHECK(good("mx1.example.com[192.0.2.1]:25") == "mx1.example.com|192.0.2.1|25|");
    CHECK(good("mx1.example.com[192.0.2.1]:25: refused") == "mx1.example.com|192.0.2.1|25|: refused");
    CHECK(good("mx1.example.com[192.0.2.1]: text") == "mx1.example.com|192.0.2.1|0|: text");
    CHECK(good("2001:db8::1[2001:db8::1]:25 said") == "2001:db8::1|2001:db8::1|25| said");
    for (std::string_view bad :
         {"none", "local", "h[private/lmtp]", "[192.0.2.1]", "h[]", "h[192.0.2.1", "two words[192.0.2.1]",
          "h[192.0.2.1]:0", "h[192.0.2.1]:65536", "h[1.2.3.4]:99999999999"}) {
        INFO(bad);
        const auto before = bad;
        CHECK(!take_peer(bad));
        CHECK(bad == before);
    }
}
