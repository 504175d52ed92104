// How many lines of a log are read and joined in a second: Postfix's and Exim's, the same mail in both.
//
//     maillog_bench [MESSAGES]
//
// Of ten messages seven are taken at once, one by the second server, one is put off and one refused. The
// lines are made beforehand and lie in memory; rows and events are dropped. One thread, processor time.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "maillog/exim_log.hpp"
#include "maillog/postfix_log.hpp"

using namespace nexthopd;

namespace {

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Text {
    std::string all;
    std::size_t lines = 0;

    template <class... Parts>
    void line(fmt::format_string<Parts...> text, Parts&&... parts) {
        fmt::format_to(std::back_inserter(all), text, std::forward<Parts>(parts)...);
        all += '\n';
        ++lines;
    }
};

Text postfix_log(std::size_t messages) {
    Text out;
    for (std::size_t i = 0; i < messages; ++i) {
        const auto front = fmt::format("Nov 22 16:{:02}:{:02} mta postfix/", i / 60'000 % 60, i / 1'000 % 60);
        const auto id = fmt::format("4jXZ{:06}z1bcrJ", i);
        const auto to = fmt::format(
            "to=<user{}@domain{}.example>, relay=mx{}.domain{}.example[192.0.2.{}]:25, "
            "delay=0.5, delays=0.01/0/0.1/0.39, ",
            i, i % 2'000, i % 4, i % 2'000, i % 250 + 1);
        out.line("{}qmgr[101]: {}: from=<bounce-{}@news.example.com>, size=20000, nrcpt=1 (queue active)",
                 front, id, i);
        if (i % 10 == 7)
            out.line(
                "{}smtp[{}]: {}: host mx9.domain{}.example[192.0.2.9] refused to talk to me: 421 4.3.2 too "
                "busy",
                front, 200 + i % 50, id, i % 2'000);
        if (i % 10 == 8) {
            out.line(
                "{}smtp[{}]: {}: {}dsn=4.7.1, status=deferred (host mx[192.0.2.1] said: 450 4.7.1 "
                "Greylisting in "
                "action, please come back later (in reply to RCPT TO command))",
                front, 200 + i % 50, id, to);
            continue;
        }
        if (i % 10 == 9)
            out.line(
                "{}smtp[{}]: {}: {}dsn=5.1.1, status=bounced (host mx[192.0.2.1] said: 550 5.1.1 User "
                "unknown in "
                "virtual mailbox table (in reply to RCPT TO command))",
                front, 200 + i % 50, id, to);
        else
            out.line("{}smtp[{}]: {}: {}dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4jXZY83sMwz1bctd)",
                     front, 200 + i % 50, id, to);
        out.line("{}qmgr[101]: {}: removed", front, id);
    }
    return out;
}

Text exim_log(std::size_t messages) {
    Text out;
    for (std::size_t i = 0; i < messages; ++i) {
        const auto front = fmt::format("2026-11-22 16:{:02}:{:02}.{:03} 1xV{:03}-{:06}-2R ", i / 60'000 % 60,
                                       i / 1'000 % 60, i % 1'000, i / 1'000'000 % 1'000, i % 1'000'000);
        const auto to = fmt::format("user{}@domain{}.example R=dnslookup T=remote_smtp", i, i % 2'000);
        const auto host =
            fmt::format("H=mx{}.domain{}.example [192.0.2.{}]:25", i % 4, i % 2'000, i % 250 + 1);
        out.line(
            "{}<= bounce-{}@news.example.com H=client.example [192.0.2.250]:4711 P=esmtp S=20000 "
            "id={}@news.example.com",
            front, i, i);
        if (i % 10 == 7)
            out.line(
                "{}H=mx9.domain{}.example [192.0.2.9]:25: SMTP error from remote mail server after initial "
                "connection: 421 4.3.2 too busy",
                front, i % 2'000);
        if (i % 10 == 8) {
            out.line(
                "{}== {} defer (-44) {}: SMTP error from remote mail server after RCPT "
                "TO:<user{}@domain{}.example>: "
                "450 4.7.1 Greylisting in action, please come back later",
                front, to, host, i, i % 2'000);
            continue;
        }
        if (i % 10 == 9)
            out.line(
                "{}** {} {}: SMTP error from remote mail server after RCPT TO:<user{}@domain{}.example>: 550 "
                "5.1.1 "
                "User unknown in virtual mailbox table",
                front, to, host, i, i % 2'000);
        else
            out.line(
                "{}=> {} {} X=TLS1.3:ECDHE_SECP256R1__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=yes C=\"250 "
                "2.0.0 Ok: "
                "queued as 4jXZY83sMwz1bctd\" QT=0.512s DT=0.390s",
                front, to, host);
        out.line("{}Completed", front);
    }
    return out;
}

template <class Log>
void measure(const char* name, const Text& text) {
    const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");
    Log log({});
    std::vector<mail::Attempt> attempts;
    std::vector<maillog::QueueEvent> events;
    std::size_t rows = 0;
    const auto begun = cpu_seconds();
    for (std::string_view rest = text.all; !rest.empty();) {
        const auto end = rest.find('\n');
        log.line(rest.substr(0, end), now, attempts, events);
        rest.remove_prefix(end + 1);
        if (events.size() < 5'000) continue;
        rows += attempts.size();
        attempts.clear();
        events.clear();
    }
    const auto took = cpu_seconds() - begun;
    rows += attempts.size();
    fmt::print("{:8} {:.2f} M lines/s, {:.2f} M attempts/s ({} lines of {} bytes, {} attempts)\n", name,
               static_cast<double>(text.lines) / took / 1e6, static_cast<double>(rows) / took / 1e6,
               text.lines, text.all.size() / std::max<std::size_t>(text.lines, 1), rows);
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t messages = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
    const auto postfix = postfix_log(messages);
    const auto exim = exim_log(messages);
    for (int round = 0; round < 3; ++round) {
        measure<maillog::PostfixLog>("Postfix", postfix);
        measure<maillog::EximLog>("Exim", exim);
    }
    return 0;
}
