// The log of a real Postfix 3.7.11, case by case: for each, the attempts that a person reads from it.
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "maillog/postfix_log.hpp"

using namespace nexthopd;

namespace {

struct Wanted {
    const char* title;              // part of the comment line ahead of the case
    std::vector<std::string> rows;  // "server stage code status", code "-" where there was no reply
};

const std::vector<Wanted> wanted = {
    {": delivered, first MX", {"mx1.test eod 250 sent"}},
    {": 450 at MAIL FROM, only MX", {"mx1.test mail 450 deferred"}},
    {"long queue ids: 450 at RCPT, only MX", {"mx1.test rcpt 450 deferred"}},
    {": three MX with differing 4xx", {"mx1.test rcpt 451 deferred", "mx2.test rcpt 452 deferred"}},
    {": first MX 4xx at RCPT, second MX accepts", {"mx1.test rcpt 451 deferred", "mx2.test eod 250 sent"}},
    {": 451 at DATA", {"mx1.test data 451 deferred"}},
    {": 451 at end of data", {"mx1.test eod 451 deferred"}},
    {": 552 at end of data", {"mx1.test eod 552 bounced"}},
    {": 450 greeting, only MX", {"mx1.test greeting 450 deferred"}},
    {": greeting 421 on mx1, 554 on mx2",
     {"mx1.test greeting 421 deferred", "mx2.test greeting 554 deferred", "mx3.test eod 250 sent"}},
    {": 554 greeting, only MX", {"mx1.test greeting 554 deferred"}},
    {": 421 at EHLO", {"mx1.test greeting 421 deferred"}},
    {": 450 at EHLO and HELO", {"mx1.test greeting 450 deferred"}},
    {": 550 at MAIL", {"mx1.test mail 550 bounced"}},
    {": 550 at RCPT", {"mx1.test rcpt 550 bounced"}},
    {": multi-line 550 at RCPT", {"mx1.test rcpt 550 bounced"}},
    {": 450 at RCPT without enhanced", {"mx1.test rcpt 450 deferred"}},
    {": hostile reply text", {"mx1.test rcpt 450 deferred"}},
    {": three recipients: sent, bounced, deferred",
     {"mx1.test rcpt 550 bounced", "mx1.test rcpt 450 deferred", "mx1.test eod 250 sent"}},
    {": connection refused, only MX", {"refused.test connect - deferred"}},
    {": connect timeout, only MX", {"blackhole.test connect - deferred"}},
    {": no route to host", {"unreach.test connect - deferred"}},
    {": MX refused, MX timeout, third MX accepts",
     {"refused.test connect - deferred", "blackhole.test connect - deferred", "mx4.test eod 250 sent"}},
    {": NXDOMAIN", {}},
    {": SERVFAIL", {}},
    {": null MX", {}},
    {": MX host without address", {}},
    {": domain exists, no MX, no A", {}},
    {": no MX, A only", {"aonly.test eod 250 sent"}},
    {": MX loops back to myself", {}},
    {": address literal recipient", {"10.66.1.2 eod 250 sent"}},
    {": lost connection before greeting", {"mx1.test greeting - deferred"}},
    {": lost connection at MAIL", {"mx1.test mail - deferred"}},
    {": lost connection at RCPT", {"mx1.test rcpt - deferred"}},
    {": lost connection after end of data", {"mx1.test eod - deferred"}},
    {": server closes after reading 2 content lines", {"mx1.test eod - deferred"}},
    {": greeting timeout", {"mx1.test greeting - deferred"}},
    {": timeout at MAIL", {"mx1.test mail - deferred"}},
    {": timeout at RCPT, first MX; second accepts", {"mx1.test rcpt - deferred", "mx2.test eod 250 sent"}},
    {": timeout at end of data", {"mx1.test eod - deferred"}},
    {": TLS ok (may)", {"mx-tls.test eod 250 sent"}},
    {": TLS handshake failure, level may, FRESH", {"mx-tls.test tls - deferred"}},
    {": STARTTLS answered 454, level may", {"mx-tls.test eod 250 sent"}},
    {": TLS handshake failure, level encrypt", {"mx-tls.test tls - deferred"}},
    {": STARTTLS answered 454, level encrypt", {"mx-tls.test tls 454 deferred"}},
    {": STARTTLS not offered, level encrypt", {"mx-tls.test tls - deferred"}},
    {": TLS ok, encrypt, smtp_tls_loglevel=1", {"mx-tls.test eod 250 sent tls"}},
    {": TLS level verify, untrusted certificate", {"mx-tls.test tls - deferred tls"}},
    {": transport_maps -> retry:", {}},
    {": transport_maps -> error:", {}},
    {": transport_maps -> unknown transport", {}},
    {": transport_maps lookup TEMP", {}},
    {": transport_maps -> smtp:[refused]:25, [mx2]:25",
     {"refused.test connect - deferred", "mx2.test eod 250 sent"}},
    {": nexthop list, first 450 at RCPT", {"mx1.test rcpt 450 deferred", "mx2.test eod 250 sent"}},
    {": nexthop list, first 550 at RCPT", {"mx1.test rcpt 550 bounced"}},
    {": nexthop list, first 554 greeting", {"mx1.test greeting 554 deferred", "mx2.test eod 250 sent"}},
    {": nexthop list, both 450", {"mx1.test rcpt 450 deferred", "mx2.test rcpt 450 deferred"}},
    {": nexthop list, first 450, second 550", {"mx1.test rcpt 450 deferred", "mx2.test rcpt 550 bounced"}},
    {": virtual_transport=discard", {}},
    {": local delivery, unknown user", {}},
    {": SMTPUTF8 sender+recipient", {"mx1.test eod 250 sent"}},
    {": SMTPUTF8 recipient, server without", {"mx1.test ehlo - bounced"}},
    {": quoted local part with space", {"mx1.test eod 250 sent"}},
    {": 8 messages at once",
     {"mx1.test eod 250 sent", "mx1.test eod 250 sent", "mx1.test eod 250 sent", "mx1.test eod 250 sent",
      "mx1.test eod 250 sent", "mx1.test eod 250 sent", "mx1.test eod 250 sent", "mx1.test eod 250 sent"}},
    {": expired", {"mx1.test rcpt 450 deferred"}},
    {": 4 messages 0.4 s apart",
     {"refused.test connect - deferred", "refused.test connect - deferred", "refused.test connect - deferred",
      "refused.test connect - deferred"}},
    {"older than minimal_backoff_time",
     {"mx-tls.test tls - deferred", "mx-tls.test tls - deferred", "mx-tls.test eod 250 sent"}},
    {"the Postfix default): 450 at RCPT", {"mx1.test rcpt 450 deferred"}},
    {"one SMTP-submitted message", {"mx1.test eod 250 sent"}},
    {"one sendmail(1)-submitted message", {"mx1.test eod 250 sent"}},
    {"9 messages at once to a refusing destination",
     {"refused.test connect - deferred", "refused.test connect - deferred",
      "refused.test connect - deferred"}},
    {"trad timestamps",
     {"mx1.test rcpt 450 deferred", "mx1.test eod 250 sent", "refused.test connect - deferred",
      "mx1.test eod 250 sent", "mx1.test rcpt 550 bounced"}},
    {"rfc timestamps",
     {"mx1.test rcpt 450 deferred", "mx1.test eod 250 sent", "refused.test connect - deferred",
      "mx1.test eod 250 sent", "mx1.test rcpt 550 bounced"}},
};

std::string text_of(const mail::Attempt& row) {
    return fmt::format("{} {} {} {}{}", row.server, mail::to_text(row.stage),
                       row.code ? fmt::to_string(*row.code) : "-", mail::to_text(row.status),
                       row.tls ? " tls" : "");
}

struct Case {
    std::string title;
    std::vector<std::string> lines;
};

std::vector<Case> read_capture(const std::string& path) {
    std::vector<Case> cases;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) {
            cases.push_back({line, {}});
        } else if (!line.empty() && !cases.empty()) {
            cases.back().lines.push_back(line);
        }
    }
    return cases;
}

const Wanted* find_wanted(const std::string& title) {
    for (const auto& one : wanted)
        if (title.find(one.title) != std::string::npos) return &one;
    return nullptr;
}

}  // namespace

TEST_CASE("the attempts of a real Postfix log", "[maillog]") {
    const auto cases = read_capture(NEXTHOPD_CORPORA "/captures/postfix-maillog.log");
    if (cases.empty()) {
        WARN("skipped: no captures beside the checkout");
        return;
    }
    REQUIRE(cases.size() == wanted.size());
    const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");
    // One reader for all: what a case leaves behind must not show in the next.
    maillog::PostfixLog::Options options;
    options.deliveries.instance = "postfix";
    maillog::PostfixLog log(std::move(options));
    for (const auto& one : cases) {
        INFO(one.title);
        const auto* want = find_wanted(one.title);
        REQUIRE(want != nullptr);
        std::vector<mail::Attempt> attempts;
        std::vector<maillog::QueueEvent> events;
        for (const auto& line : one.lines)
            log.line(line, now, attempts, events);
        std::vector<std::string> rows;
        std::map<std::uint64_t, std::set<std::string>> sessions;
        for (const auto& attempt : attempts) {
            rows.push_back(text_of(attempt));
            CHECK(attempt.session != 0);
            CHECK(attempt.port == 25);
            CHECK(!attempt.recipient.empty());
            CHECK((attempt.sender == "a@mta.test" || attempt.sender == "a@ext.test" ||
                   attempt.sender == "ünï@xn--bcher-kva.test"));
            CHECK(attempt.counted);
            sessions[attempt.session].insert(attempt.queue_id);
        }
        CHECK(rows == want->rows);
        for (const auto& [session, queue_ids] : sessions)
            CHECK(queue_ids.size() == 1);
    }
    const auto counters = log.counters();
    CHECK(counters.malformed == 0);
    CHECK(counters.deliveries.unjoined == 0);
    CHECK(counters.deliveries.dropped == 0);
    CHECK(counters.deliveries.bad_server == 0);
    // Nothing waits but messages that are in the queue still.
    std::vector<std::string> lines;
    for (const auto& one : cases)
        lines.insert(lines.end(), one.lines.begin(), one.lines.end());
    CHECK(lines.at(log.first_open_line() - 1).find("(queue active)") != std::string::npos);
}
