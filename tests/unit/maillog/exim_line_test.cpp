#include "maillog/exim_line.hpp"

#include <fmt/format.h>
#include <string>

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::maillog;

namespace {

std::string summary(const EximLine& line) {
    if (std::holds_alternative<EximMalformed>(line)) return "malformed";
    if (std::holds_alternative<EximGone>(line)) return "gone";
    if (const auto* a = std::get_if<EximArrival>(&line))
        return fmt::format("from <{}> {}", a->sender, a->size ? fmt::to_string(*a->size) : "-");
    if (const auto* i = std::get_if<EximInterim>(&line))
        return fmt::format("{}[{}]:{} {}", i->peer.host, i->peer.address, i->peer.port, i->text);
    if (const auto* t = std::get_if<EximTlsFailure>(&line))
        return fmt::format("tls {}[{}] {}", t->peer.host, t->peer.address, t->text);
    if (const auto* o = std::get_if<EximOutcome>(&line)) {
        constexpr const char* flags[] = {"=>", "->", "*>", ">>", "==", "**"};
        return fmt::format("{} <{}>{} R={} T={} {}[{}]:{}{}{}{}|{}", flags[static_cast<int>(o->flag)],
                           o->address, o->original.empty() ? "" : fmt::format(" for <{}>", o->original),
                           o->router, o->transport, o->peer.host, o->peer.address, o->peer.port,
                           o->tls ? " tls" : "",
                           o->queue_time ? fmt::format(" after {}", *o->queue_time) : "",
                           o->error != 0 ? fmt::format(" error {}", o->error) : "", o->text);
    }
    return "nothing";
}

}  // namespace

TEST_CASE("the front of Exim's lines", "[maillog]") {
    struct Case {
        const char* line;
        const char* wanted;  // stamp|pid|id|body
    };
    const Case cases[] = {
        {"2026-11-22 16:51:23 1xVAmh-0002dQ-2R Completed",
         "2026-11-22 16:51:23|0|1xVAmh-0002dQ-2R|Completed"},
        {"2026-11-22 16:51:23 1xVAmh-0002dQ-2R Completed\r\n",
         "2026-11-22 16:51:23|0|1xVAmh-0002dQ-2R|Completed"},
        {"2026-11-22 16:51:23.123 [26379] 1xVAmh-0002dQ-2R Completed",
         "2026-11-22 16:51:23.123|26379|1xVAmh-0002dQ-2R|Completed"},
        {"2026-11-22 16:51:23 +0100 1xVAmh-0002dQ-2R Completed",
         "2026-11-22 16:51:23 +0100|0|1xVAmh-0002dQ-2R|Completed"},
        {"2026-11-22 16:51:23.123 -0330 [1] 1xVAmh-0002dQ-2R Completed",
         "2026-11-22 16:51:23.123 -0330|1|1xVAmh-0002dQ-2R|Completed"},
        {"2026-11-22 16:51:23 10HmaX-000000005vi-0000 Completed",
         "2026-11-22 16:51:23|0|10HmaX-000000005vi-0000|Completed"},
        {"2026-11-22 16:44:45 Start queue run: pid=941", "2026-11-22 16:44:45|0||Start queue run: pid=941"},
        {"2026-11-22 16:44:45 10HmaX-00000!005vi-0000 Completed",
         "2026-11-22 16:44:45|0||10HmaX-00000!005vi-0000 Completed"},
        {"Nov 22 16:51:23 mta exim[77]: 1xVAmh-0002dQ-2R Completed",
         "Nov 22 16:51:23|77|1xVAmh-0002dQ-2R|Completed"},
        {"Nov 22 16:51:23 mta exim4[77]: 2026-11-22 16:51:23.123 1xVAmh-0002dQ-2R Completed",
         "2026-11-22 16:51:23.123|77|1xVAmh-0002dQ-2R|Completed"},
        {"2026-11-22T16:51:23+01:00 mta exim[77]: [1/2] 1xVAmh-0002dQ-2R == a",
         "2026-11-22T16:51:23+01:00|77|1xVAmh-0002dQ-2R|== a"},
        {"2026-11-22T16:51:23+01:00 mta exim[77]: [1\\2] 1xVAmh-0002dQ-2R == a",
         "2026-11-22T16:51:23+01:00|77|1xVAmh-0002dQ-2R|== a"},
        {"2026-11-22T16:51:23+01:00 mta exim[77]: [2\\2] => u@one.example R=a T=b", "|0||"},
        {"Nov 22 16:51:23 mta postfix/smtp[77]: 1xVAmh-0002dQ-2R Completed", "|0||"},
        {"", "none"},
        {"2026-11-22", "none"},
        {"2026-11-22 16:51:23", "none"},
        {"2026-11-22 16:51:23.", "none"},
        {"+++ 1999-03-02 09:44:33 10HmaX-000000005vi-0000 +++", "none"},
    };
    for (const auto& one : cases) {
        INFO(one.line);
        const auto frame = split_exim_line(one.line);
        CHECK((frame ? fmt::format("{}|{}|{}|{}", frame->stamp, frame->pid, frame->id, frame->body)
                     : "none") == one.wanted);
    }
}

TEST_CASE("Exim's lines about messages", "[maillog]") {
    struct Case {
        const char* body;
        const char* wanted;
    };
    const Case cases[] = {
        {"<= a@one.example U=root P=local S=305", "from <a@one.example> 305"},
        {"<= <> R=1xVAmj-0002k9-1g U=Debian-exim P=local S=1671", "from <> 1671"},
        {"<= a@one.example H=(S=1) [192.0.2.9]:39362 I=[192.0.2.1]:25 X=TLS1.3:A:256 CV=no DN=\"CN=x S=2 y\" "
         "P=esmtps S=99310 id=S=3@x T=\" S=4\" from <a@one.example> for b",
         "from <a@one.example> 99310"},
        {"<= a@one.example H=mail.example (S=1 b) [192.0.2.9] P=esmtp S=7", "from <a@one.example> 7"},
        {"<= \"a P=b S=1\"@one.example U=x P=local S=5", "from <\"a P=b S=1\"@one.example> 5"},
        {"<= a@one.example", "malformed"},
        {"Completed", "gone"},
        {"Completed QT=7s", "gone"},
        {"removed by root", "gone"},
        {"Frozen", "nothing"},
        {"no IP address found for host nosuch.example", "nothing"},
        {"=> u@one.example R=dnsl T=remote_smtp H=mx.one.example [192.0.2.1] C=\"250 2.0.0 ok\"",
         "=> <u@one.example> R=dnsl T=remote_smtp mx.one.example[192.0.2.1]:0|250 2.0.0 ok"},
        {"-> u@one.example F=<a b@two.example> P=<\"a>b\"@two.example> R=dnsl T=remote_smtp S=320 "
         "H=mx.one.example DS "
         "[2001:db8::1]:2525* I=[2001:db8::2]:40000 TFO X=TLS1.3:A__B:256 CV=dane DN=\"CN=\\\"x\" A=plain L "
         "K "
         "DKIM=one.example:sel C=\"250 \\\"ok\\\"\" QT=1m2.5s DT=0.006s",
         "-> <u@one.example> R=dnsl T=remote_smtp mx.one.example[2001:db8::1]:2525 tls after 62.5|250 "
         "\\\"ok\\\""},
        {"=> u@one.example <U@one.example> R=dnsl T=remote_smtp H=(x y) [192.0.2.1]:25",
         "=> <u@one.example> for <U@one.example> R=dnsl T=remote_smtp (x y)[192.0.2.1]:25|"},
        {"=> /var/mail/u (u@here.example, v@here.example) <w@here.example> R=l T=f",
         "=> </var/mail/u> for <w@here.example> R=l T=f []:0|"},
        {"=> :blackhole: <u@one.example> R=local", "=> <:blackhole:> for <u@one.example> R=local T= []:0|"},
        {"=> a b\"$c%d@ok.test <\"a b\\\"$c%d\"@ok.test> R=dnsl T=s H=mx [192.0.2.1]",
         "=> <a b\"$c%d@ok.test> R=dnsl T=s mx[192.0.2.1]:0|"},
        {"=> x.y z@One.test <x.\"y z\"@oNE.test> R=dnsl T=s H=mx [192.0.2.1]",
         "=> <x.y z@One.test> R=dnsl T=s mx[192.0.2.1]:0|"},
        {"=> u@one.example R=local T=appendfile H=one.example",
         "=> <u@one.example> R=local T=appendfile one.example[]:0|"},
        {"*> u@one.example R=a T=b H=mx [192.0.2.1] C=\"delivery bypassed by -N option\"",
         "*> <u@one.example> R=a T=b mx[192.0.2.1]:0|delivery bypassed by -N option"},
        {">> u@one.example P=<a@two.example> R=a T=b H=mx [192.0.2.1] C=\"250 OK\"",
         ">> <u@one.example> R=a T=b mx[192.0.2.1]:0|250 OK"},
        {"== u@one.example R=r T=t defer (-44) H=mx [192.0.2.1]:25* I=[192.0.2.9]:4 DT=0.003s: SMTP error: x "
         "H=y [z]",
         "== <u@one.example> R=r T=t mx[192.0.2.1]:25 error -44|SMTP error: x H=y [z]"},
        {"== u@one.example R=r T=t defer (0) H=mx [192.0.2.1]: SMTP error",
         "== <u@one.example> R=r T=t mx[192.0.2.1]:0|SMTP error"},
        {"== u@one.example R=r T=t defer (111): Connection refused DT=0.001s",
         "== <u@one.example> R=r T=t []:0 error 111|Connection refused"},
        {"== u@one.example R=r T=t defer (110): Connection timed out H=mx [192.0.2.1] DT=7s: SMTP timeout "
         "after x",
         "== <u@one.example> R=r T=t mx[192.0.2.1]:0 error 110|SMTP timeout after x"},
        {"== u@one.example R=r defer (-1) DT=0.000s: host lookup did not complete",
         "== <u@one.example> R=r T= []:0 error -1|host lookup did not complete"},
        {"== u@one.example routing defer (-52): retry time not reached",
         "== <u@one.example> R= T= []:0 error -52|retry time not reached"},
        {"== u@one.example R=r T=t defer (-58)", "== <u@one.example> R=r T=t []:0 error -58|"},
        {"** u@one.example: Unrouteable address DT=0.000s",
         "** <u@one.example> R= T= []:0|Unrouteable address"},
        {"** u@one.example : Unrouteable address", "** <u@one.example> R= T= []:0|Unrouteable address"},
        {"** u@one.example F=<a@two.example>: Unrouteable: x",
         "** <u@one.example> R= T= []:0|Unrouteable: x"},
        {"** u@one.example R=nexthopd_ask: 5.7.1 no route: x",
         "** <u@one.example> R=nexthopd_ask T= []:0|5.7.1 no route: x"},
        {"** u@one.example R=r T=t H=mx [192.0.2.1]:25 I=[192.0.2.9]:4 X=TLS1.3:A:256 CV=no: SMTP error: y "
         "DT=5s",
         "** <u@one.example> R=r T=t mx[192.0.2.1]:25 tls|SMTP error: y"},
        {"** u@one.example R=r T=t H=mx [192.0.2.1] : SMTP error",
         "** <u@one.example> R=r T=t mx[192.0.2.1]:0|SMTP error"},
        {"H=mx.one.example [192.0.2.1] Connection refused", "mx.one.example[192.0.2.1]:0 Connection refused"},
        {"H=mx.one.example [192.0.2.1]:2525 Connection refused",
         "mx.one.example[192.0.2.1]:2525 Connection refused"},
        {"H=mx [192.0.2.1]: SMTP error from remote mail server after initial connection: 421 x",
         "mx[192.0.2.1]:0 SMTP error from remote mail server after initial connection: 421 x"},
        {"H=mx [192.0.2.1]:25 SMTP error from remote mail server after RCPT TO:<u@one.example>: 450 x",
         "mx[192.0.2.1]:25 SMTP error from remote mail server after RCPT TO:<u@one.example>: 450 x"},
        {"H=(x) [192.0.2.1]:4711 F=<> rejected after DATA: SMTP error from remote mail server after DATA: "
         "451",
         "nothing"},
        {"H=(Connection refused) [192.0.2.1] Warning: x", "nothing"},
        {"TLS session: (gnutls_handshake): x: delivering unencrypted to H=mx [192.0.2.1] (not in "
         "hosts_require_tls)",
         "tls mx[192.0.2.1] TLS session: (gnutls_handshake): x"},
        {"TLS session failure: delivering unencrypted to mx [192.0.2.1] (not in hosts_require_tls)",
         "tls mx[192.0.2.1] TLS session failure"},
        {"TLS error on connection from (x) [192.0.2.1] (gnutls_handshake): x", "nothing"},
    };
    for (const auto& one : cases) {
        INFO(one.body);
        CHECK(summary(parse_exim_line(one.body)) == one.wanted);
    }
}

TEST_CASE("what strangers write into Exim's lines is no field", "[maillog]") {
    struct Case {
        const char* who;
        const char* body;
        const char* wanted;
    };
    const Case cases[] = {
        // The local part of a recipient, logged without its quotes.
        {"a sender: a whole delivery before the real one",
         "=> u@v.example R=e T=e H=mx.v.example [192.0.2.66] C=\"250 ok\" @one.example <\"u@v.example R=e "
         "T=e "
         "H=mx.v.example [192.0.2.66] C=\\\"250 ok\\\" \"@one.example> R=dnsl T=s H=mx [192.0.2.1] C=\"250 "
         "ok\"",
         "malformed"},
        {"a sender: with a reply that does not end",
         "=> u@v.example R=e T=e H=mx.v.example [192.0.2.66] C=\"250 ok@one.example <\"u@v.example R=e T=e "
         "H=mx.v.example [192.0.2.66] C=\\\"250 ok\"@one.example> R=dnsl T=s H=mx [192.0.2.1] C=\"250 ok\"",
         "malformed"},
        {"a sender: a deferral whose text is the rest",
         "== u@v.example R=e T=e defer (-44) H=mx.v.example [192.0.2.66]: SMTP error from remote mail server "
         "after "
         "RCPT TO:<u@v.example>: 450 @one.example <\"u@v.example R=e T=e defer (-44) H=mx.v.example "
         "[192.0.2.66]: SMTP "
         "error from remote mail server after RCPT TO:<u@v.example>: 450 \"@one.example> R=dnsl T=s defer "
         "(-44) H=mx "
         "[192.0.2.1]: SMTP error",
         "malformed"},
        {"a sender: blanks only",
         "== x R=e T=e H=mx.v.example [192.0.2.66]@one.example <\"x R=e T=e H=mx.v.example "
         "[192.0.2.66]\"@one.example> "
         "R=dnsl T=s defer (-44) H=mx [192.0.2.1]: SMTP error",
         "malformed"},
        {"a sender: the quoted form of a part",
         "== q z@d <\"q z\"@d> R=e T=e defer (-44) H=mx.v.example [192.0.2.66]: x@one.example <\"q z@d "
         "<\\\"q z\\\"@d> "
         "R=e T=e defer (-44) H=mx.v.example [192.0.2.66]: x\"@one.example> R=dnsl T=s defer (-44) H=mx "
         "[192.0.2.1]: y",
         "malformed"},
        // A reply.
        {"a server: the quoted form of all that stands before it",
         "=> u@one.example R=dnsl T=s H=mx [192.0.2.1] C=\"250 ok <u@one.example R=dnsl T=s H=mx [192.0.2.1] "
         "C=\\\"250 ok> R=e T=e H=mx.v.example [192.0.2.66] C=\\\"250 ok\"",
         "malformed"},
        {"a server: another outcome",
         "=> u@one.example R=dnsl T=s H=mx [192.0.2.1] C=\"250 \\\" H=mx.v.example [192.0.2.66] C=\\\"250 "
         "ok\"",
         "=> <u@one.example> R=dnsl T=s mx[192.0.2.1]:0|250 \\\" H=mx.v.example [192.0.2.66] C=\\\"250 ok"},
        {"a server: a backslash at the end",
         "=> u@one.example R=dnsl T=s H=mx [192.0.2.1] C=\"250 \\\\\" DT=1s",
         "=> <u@one.example> R=dnsl T=s mx[192.0.2.1]:0|250 \\\\"},
        {"a server: fields in a refusal",
         "** u@one.example R=dnsl T=s H=mx [192.0.2.1]: SMTP error from remote mail server after DATA: 550 x "
         "H=mx.v "
         "[192.0.2.66]: SMTP error from remote mail server after DATA: 550 y",
         "** <u@one.example> R=dnsl T=s mx[192.0.2.1]:0|SMTP error from remote mail server after DATA: 550 x "
         "H=mx.v "
         "[192.0.2.66]: SMTP error from remote mail server after DATA: 550 y"},
        // A certificate, a sender, a name in DNS.
        {"a server's certificate",
         "=> u@one.example R=dnsl T=s H=mx [192.0.2.1] X=T CV=no DN=\"x\" H=mx.v.example [192.0.2.66] y=\" "
         "C=\"250 ok\"",
         "malformed"},
        {"a sender's own address",
         "=> u@one.example F=<\"a> R=e T=e H=mx.v.example [192.0.2.66]\"@two.example> R=dnsl T=s H=mx "
         "[192.0.2.1]",
         "=> <u@one.example> R=dnsl T=s mx[192.0.2.1]:0|"},
        {"a host name",
         "H=mx.v.example [192.0.2.66]: x [192.0.2.1]: SMTP error from remote mail server after DATA: 451 x",
         "nothing"},
        {"a line that was cut", "=> u@one.example R=dnsl T=s H=mx [192.0.2.1] C=\"250 o", "malformed"},
        {"a line that was cut", "== u@one.example R=dnsl T=s def", "malformed"},
        {"a line that was cut", "== u@one.exam", "malformed"},
    };
    for (const auto& one : cases) {
        INFO(one.who << ": " << one.body);
        CHECK(summary(parse_exim_line(one.body)) == one.wanted);
    }
}
