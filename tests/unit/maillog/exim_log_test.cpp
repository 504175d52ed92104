#include "maillog/exim_log.hpp"

#include <fmt/format.h>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace nexthopd;
using maillog::EximLog;

namespace {

const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");

/// A log that is read line by line; all lines are of 17:00:00 unless they have their own stamp.
struct Log {
    EximLog log;
    std::vector<mail::Attempt> attempts;
    std::vector<maillog::QueueEvent> events;

    explicit Log(EximLog::Options options = {}) : log(std::move(options)) {}

    void line(std::string_view text) { log.line(text, now, attempts, events); }
    void at(std::string_view time, std::string_view body) {
        line(fmt::format("2026-11-22 {} 1xVAmh-0002dQ-2R {}", time, body));
    }
    void of(std::string_view id, std::string_view body) {
        line(fmt::format("2026-11-22 17:00:00 {} {}", id, body));
    }

    /// "recipient server stage code s1", with the sessions numbered.
    std::string rows() const {
        std::string out;
        std::vector<std::uint64_t> sessions;
        for (const auto& row : attempts) {
            auto session = std::find(sessions.begin(), sessions.end(), row.session);
            if (session == sessions.end()) session = sessions.insert(session, row.session);
            out += fmt::format("{}{} {} {} {} s{}{}", out.empty() ? "" : "; ", row.recipient, row.server,
                               mail::to_text(row.stage), row.code ? fmt::to_string(*row.code) : "-",
                               session - sessions.begin() + 1, row.counted ? "" : " uncounted");
        }
        return out;
    }
    maillog::RecipientOutcome last_outcome() const {
        const auto* event = std::get_if<maillog::RecipientOutcome>(&events.back());
        REQUIRE(event != nullptr);
        return *event;
    }
};

constexpr const char* id = "1xVAmh-0002dQ-2R";
const std::string sent = "R=dnsl T=remote_smtp H=mx9.example.com [192.0.2.9] C=\"250 ok\"";

std::string refused(int number) {
    return fmt::format("H=mx{0}.example.com [192.0.2.{0}] Connection refused", number);
}

}  // namespace

TEST_CASE("times of Exim's lines", "[maillog]") {
    struct Case {
        const char* stamp;
        const char* wanted;
    };
    const Case cases[] = {
        {"2026-11-22 17:00:00", "2026-11-22 16:00:00"},  // the zone of this host is one hour east
        {"2026-11-22 17:00:00.999", "2026-11-22 16:00:00"},
        {"2026-11-22 17:00:00 +0000", "2026-11-22 17:00:00"},
        {"2026-11-22 17:00:00.123 -0130", "2026-11-22 18:00:00"},  // 18:30, later than now
        {"2026-11-22 17:00:00 +0530", "2026-11-22 11:30:00"},
        {"2026-11-22 19:00:01", "2026-11-22 18:00:01"},
        {"2027-11-22 17:00:00", "2026-11-22 18:00:00"},
    };
    for (const auto& one : cases) {
        INFO(one.stamp);
        EximLog::Options options;
        options.zone = maillog::fixed_zone(std::chrono::hours(1));
        Log log(std::move(options));
        log.line(fmt::format("{} {} => u@one.example {}", one.stamp, id, sent));
        REQUIRE(log.attempts.size() == 1);
        CHECK(base::ledger_time(log.attempts[0].time) == one.wanted);
    }
    Log log;
    for (const char* stamp : {"2026-13-22 17:00:00", "2026-11-22 27:00:00", "2026-11-22 17:00:00.5x",
                              "2026-11-22 17:00:00 +01x0"})
        log.line(fmt::format("{} {} => u@one.example {}", stamp, id, sent));
    CHECK(log.attempts.empty());
    CHECK(log.log.counters().malformed == 4);
}

TEST_CASE("a stamp of the hour that is repeated when summer time ends", "[maillog]") {
    EximLog::Options options;
    // Central Europe, 25 October 2026, 03:00 -> 02:00.
    options.zone = [](std::chrono::seconds local) {
        const auto hours = std::chrono::hours(1);
        const auto change = std::chrono::seconds(1'792'893'600);  // 02:00 of that day on the clock
        if (local < change) return maillog::ZoneOffsets{2 * hours, 2 * hours};
        if (local < change + hours) return maillog::ZoneOffsets{2 * hours, hours};
        return maillog::ZoneOffsets{hours, hours};
    };
    Log log(std::move(options));
    for (const char* time : {"01:59:59", "02:30:00", "02:00:10", "03:00:00"})
        log.line(fmt::format("2026-10-25 {} {} => u@one.example {}", time, id, sent));
    REQUIRE(log.attempts.size() == 4);
    CHECK(base::ledger_time(log.attempts[0].time) == "2026-10-24 23:59:59");
    CHECK(base::ledger_time(log.attempts[1].time) == "2026-10-25 00:30:00");
    CHECK(base::ledger_time(log.attempts[2].time) == "2026-10-25 01:00:10");
    CHECK(base::ledger_time(log.attempts[3].time) == "2026-10-25 02:00:00");
}

TEST_CASE("sender, size, delay and retries come from the message's other lines", "[maillog]") {
    Log log;
    log.at("16:00:00", "<= a@sender.example U=root P=local S=305");
    const auto* active = std::get_if<maillog::MessageActive>(&log.events.at(0));
    REQUIRE(active != nullptr);
    CHECK(active->sender == "a@sender.example");
    CHECK(active->size == 305);
    const std::string deferred =
        "R=dnsl T=remote_smtp defer (-44) H=mx9.example.com [192.0.2.9]: SMTP error from remote mail server "
        "after RCPT "
        "TO:<u@one.example>: 450 4.2.1 busy";
    log.at("16:00:02", "== u@one.example " + deferred);
    log.at("16:15:00",
           "== u@one.example R=dnsl T=remote_smtp defer (-54): retry time not reached for any host");
    log.at("16:30:00", "== u@one.example " + deferred);
    log.at("17:00:00", "=> u@one.example " + sent + " QT=59m59.5s");
    log.at("17:00:00", "Completed");
    REQUIRE(log.attempts.size() == 3);
    for (const auto& row : log.attempts) {
        CHECK(row.sender == "a@sender.example");
        CHECK(row.size == 305);
    }
    CHECK(log.attempts[0].delay == 2);
    CHECK(log.attempts[1].delay == 1800);
    CHECK(log.attempts[2].delay == 3599.5);
    CHECK(log.attempts[0].retries == 0);
    CHECK(log.attempts[1].retries == 1);
    CHECK(log.attempts[2].retries == 2);
    CHECK(log.attempts[0].dsn == "4.2.1");
    CHECK(log.attempts[2].dsn == "2.0.0");
    CHECK(std::holds_alternative<maillog::MessageGone>(log.events.back()));

    // What is no time is none.
    for (const char* time : {"QT=infs", "QT=nans", "QT=-5s", "QT=5", "QT=99999999999w"}) {
        Log broken;
        broken.at("16:00:00", "=> u@one.example " + sent + " " + time);
        REQUIRE(broken.attempts.size() == 1);
        CHECK(!broken.attempts[0].delay);
    }

    // Not seen from its arrival on: what the line has, and no more.
    Log other;
    other.at("16:00:00", "=> u@one.example F=<b@sender.example> S=400 " + sent);
    REQUIRE(other.attempts.size() == 1);
    CHECK(other.attempts[0].sender == "b@sender.example");
    CHECK(other.attempts[0].size == 400);
    CHECK(!other.attempts[0].delay);
    CHECK(!other.attempts[0].retries);
}

TEST_CASE("what Exim's join makes of servers tried before", "[maillog]") {
    struct Case {
        const char* what;
        std::vector<std::string> lines;
        const char* wanted;
    };
    const Case cases[] = {
        {"one recipient",
         {refused(1), refused(2), "=> u@a.example " + sent},
         "u@a.example mx1.example.com connect - s1; u@a.example mx2.example.com connect - s2; "
         "u@a.example mx9.example.com eod 250 s3"},
        {"others of the domain, and of the same transaction",
         {refused(1), "=> u@a.example " + sent, "-> v@b.example " + sent, "=> w@a.example " + sent},
         "u@a.example mx1.example.com connect - s1; u@a.example mx9.example.com eod 250 s2; "
         "v@b.example mx1.example.com connect - s1 uncounted; v@b.example mx9.example.com eod 250 s2; "
         "w@a.example mx1.example.com connect - s1 uncounted; w@a.example mx9.example.com eod 250 s2"},
        {"one domain after the other",
         {refused(1), "=> u@a.example " + sent, refused(2),
          "=> u@b.example R=r T=t H=mx8.example.com [192.0.2.8] C=\"250 ok\""},
         "u@a.example mx1.example.com connect - s1; u@a.example mx9.example.com eod 250 s2; "
         "u@b.example mx2.example.com connect - s3; u@b.example mx8.example.com eod 250 s4"},
        {"hosts after the one that took it concern the others",
         {"H=mx1.example.com [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<l@a.example>: "
          "450 x",
          refused(2), "=> u@a.example R=r T=t H=mx1.example.com [192.0.2.1] C=\"250 ok\"",
          "=> l@a.example " + sent},
         "u@a.example mx1.example.com eod 250 s1; l@a.example mx1.example.com rcpt 450 s1; "
         "l@a.example mx2.example.com connect - s2; l@a.example mx9.example.com eod 250 s3"},
        {"the last refusal is told again: no other host was left to try",
         {"H=mx1.example.com [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<u@a.example>: "
          "450 x",
          "== u@a.example R=r T=t defer (-44) H=mx1.example.com [192.0.2.1]: SMTP error from remote mail "
          "server after "
          "RCPT TO:<u@a.example>: 450 x"},
         "u@a.example mx1.example.com rcpt 450 s1"},
        {"a recipient that is logged with and without its quotes",
         {"H=mx1.example.com [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<\"u "
          "\\\"v\"@a.example>: 450 x",
          "=> u \"v@a.example <\"u \\\"v\"@a.example> " + sent},
         "u \"v@a.example mx1.example.com rcpt 450 s1; u \"v@a.example mx9.example.com eod 250 s2"},
        {"no host was reached: the last line says why",
         {refused(1), "H=mx2.example.com [192.0.2.2] No route to host",
          "== u@a.example R=r T=t defer (113): No route to host",
          "== v@a.example R=r T=t defer (113): No route to host"},
         "u@a.example mx1.example.com connect - s1; u@a.example mx2.example.com connect - s2; "
         "v@a.example mx1.example.com connect - s1 uncounted; v@a.example mx2.example.com connect - s2 "
         "uncounted"},
        {"no IPv6 here: that is no attempt, the other host is",
         {refused(1), "H=mx1.example.com [2001:db8::1] Network is unreachable",
          "== u@a.example R=r T=t defer (101): Network is unreachable"},
         "u@a.example mx1.example.com connect - s1"},
        {"another round",
         {refused(1), "== u@a.example R=r T=t defer (111): Connection refused", refused(1),
          "== u@a.example R=r T=t defer (111): Connection refused"},
         "u@a.example mx1.example.com connect - s1; u@a.example mx1.example.com connect - s2"},
        {"more recipients than one transaction takes",
         {refused(1), "=> u@a.example " + sent, refused(1), "=> v@a.example " + sent},
         "u@a.example mx1.example.com connect - s1; u@a.example mx9.example.com eod 250 s2; "
         "v@a.example mx1.example.com connect - s3; v@a.example mx9.example.com eod 250 s4"},
        {"failures whose recipients never showed",
         {"=> u@a.example " + sent, refused(1),
          "H=mx2.example.com [192.0.2.2]: SMTP error from remote mail server after RCPT TO:<x@b.example>: "
          "450 x",
          "Completed"},
         "u@a.example mx9.example.com eod 250 s1; "
         " mx1.example.com connect - s2; x@b.example mx2.example.com rcpt 450 s3"},
        {"an old version, which has the host in the text",
         {"== u@a.example R=r T=t defer (-44): SMTP error from remote mail server after RCPT "
          "TO:<u@a.example>: host "
          "mx1.example.com [192.0.2.1]: 451 4.7.1 x"},
         "u@a.example mx1.example.com rcpt 451 s1"},
        {"a reply of several lines",
         {"** u@a.example R=r T=t H=mx1.example.com [192.0.2.1]: SMTP error from remote mail server after "
          "DATA: "
          "554-5.7.1 a\\n554 5.7.1 b"},
         "u@a.example mx1.example.com data 554 s1"},
        {"PRDR",
         {"** u@a.example R=r T=t H=mx1.example.com [192.0.2.1]: PRDR error after DATA: 550 x"},
         "u@a.example mx1.example.com eod 550 s1"},
    };
    for (const auto& one : cases) {
        INFO(one.what);
        Log log;
        for (const auto& line : one.lines)
            log.of(id, line);
        CHECK(log.rows() == one.wanted);
        CHECK(log.log.first_open_line() == log.log.counters().lines + 1);
    }
}

TEST_CASE("Exim's lines that are no attempts", "[maillog]") {
    for (const char* body : {
             "=> u@one.example R=dnsl T=remote_smtp H=localhost [127.0.0.1] C=\"250 ok\"",
             "=> u@one.example R=dnsl T=remote_smtp H=own.example [192.0.2.1] C=\"250 ok\"",
             "=> u@one.example R=dnsl T=remote_smtp H=mx [198.51.100.7] C=\"250 ok\"",
             "=> u <u@one.example> R=local T=appendfile",
             "=> u@one.example R=local T=lmtp_socket C=\"250 ok\"",
             "*> u@one.example R=dnsl T=remote_smtp H=mx [192.0.2.1] C=\"delivery bypassed by -N option\"",
             "== u@one.example R=dnsl T=remote_smtp defer (-54): retry time not reached for any host",
             "== u@one.example R=dnsl T=remote_smtp defer (-58) H=mx [192.0.2.1]: Event requests alternate "
             "response",
             "== u@one.example R=local T=appendfile defer (13): Permission denied: x",
             "== u@one.example R=local T=appendfile defer (-22): mailbox is full",
             "== u@one.example R=dnsl T=remote_smtp defer (111): Connection refused",
             "== u@one.example R=dnsl T=remote_smtp defer (-1): H=mx [192.0.2.1]: Connection refused",
             "== u@one.example routing defer (-52): retry time not reached",
             "** u@one.example: retry timeout exceeded",
             "** u@one.example R=dnsl: all relevant MX records point to non-existent hosts",
             "H=mx.one.example [192.0.2.1] Event requests alternate response",
             "H=mx.one.example [192.0.2.1]: smtp send to mx [192.0.2.1] failed: Bad file descriptor",
             "H=(x) [192.0.2.1] F=<a@b.example> temporarily rejected after DATA: 451 x",
             "H=(x) [192.0.2.1] sender verify defer for <a@b.example>: could not connect to mx [192.0.2.2]",
             "lowest numbered MX record points to local host: one.example",
         }) {
        INFO(body);
        EximLog::Options options;
        options.deliveries.own_hosts = {"own.example"};
        options.deliveries.own_addresses = {*mail::ip_address("198.51.100.7")};
        Log log(std::move(options));
        log.of(id, body);
        log.of(id, "Completed");
        CHECK(log.rows().empty());
        CHECK(log.log.counters().malformed == 0);
    }
}

TEST_CASE("our hold in Exim's log", "[maillog]") {
    struct Case {
        const char* body;
        const char* wanted;
    };
    const Case cases[] = {
        {"== u@one.example R=nexthopd_ask defer (-1): 4.7.0 delayed by local policy until 17:30 UTC "
         "(nexthopd 7K3QW)",
         "7K3QW"},
        {"== u@one.example R=nexthopd_ask defer (-1) DT=0.000s: 4.7.0 delayed by local policy until 17:30 "
         "UTC (nexthopd "
         "7K3QW)",
         "7K3QW"},
        {"== u@one.example R=userforward defer (-1): 4.7.0 delayed by local policy until 17:30 UTC (nexthopd "
         "7K3QW)",
         ""},
        {"== u@one.example R=nexthopd_hosts T=remote_smtp defer (-44) H=mx [192.0.2.1]: 4.7.0 delayed by "
         "local policy "
         "until 17:30 UTC (nexthopd 7K3QW)",
         ""},
        {"** u@one.example R=nexthopd_ask: 4.7.0 delayed by local policy until 17:30 UTC (nexthopd 7K3QW)",
         ""},
    };
    for (const auto& one : cases) {
        INFO(one.body);
        Log log;
        log.of(id, one.body);
        CHECK(log.last_outcome().hold_id == one.wanted);
        CHECK(!log.last_outcome().attempted);
        CHECK(log.attempts.empty());
    }
}

TEST_CASE("a recipient by its address and the one before", "[maillog]") {
    Log log;
    log.of(id,
           "=> u@B\xC3\xBC"
           "cher.Example <Alias@here.example> " +
               sent);
    CHECK(log.last_outcome().recipient == "u@xn--bcher-kva.example");
    CHECK(log.last_outcome().orig_to == "Alias@here.example");
    CHECK(log.attempts.at(0).domain == "xn--bcher-kva.example");
    log.of(id, "=> :blackhole: <joe@here.example> R=local");
    CHECK(log.last_outcome().recipient == "joe@here.example");
    CHECK(log.last_outcome().status == maillog::RecipientOutcome::Status::sent);
    CHECK(!log.last_outcome().attempted);
}

TEST_CASE("mail through a smarthost has the stage relay", "[maillog]") {
    EximLog::Options options;
    options.deliveries.relay_routers = {"smarthost"};
    Log log(std::move(options));
    log.of(id, refused(1));
    log.of(
        id,
        "=> u@a.example R=smarthost T=remote_smtp_smarthost H=mx9.example.com [192.0.2.9]:587 C=\"250 ok\"");
    log.of(id, "=> u@b.example R=nexthopd_hosts T=remote_smtp_smarthost H=mx8.example.com [192.0.2.8]");
    CHECK(log.rows() ==
          "u@a.example mx1.example.com relay - s1; u@a.example mx9.example.com relay 250 s2; "
          "u@b.example mx8.example.com eod - s3");
    CHECK(log.attempts.at(1).port == 587);
    CHECK(log.attempts.at(2).result == "2.0.0 delivered");  // smtp_confirmation is off
}

TEST_CASE("interim lines of Exim wait for their recipient", "[maillog]") {
    Log log;
    log.at("16:00:00", "<= a@sender.example U=root P=local S=305");
    log.at("16:00:01", refused(1));
    CHECK(log.log.first_open_line() == 2);
    log.line("2026-11-22 16:00:02 1xVAmh-0002dQ-3S Completed");
    CHECK(log.log.first_open_line() == 2);
    log.at("16:00:02", "=> u@one.example " + sent);
    CHECK(log.log.first_open_line() == 5);

    // Its process was killed: after a while nothing waits for it, and the next delivery has nothing of it.
    Log killed;
    killed.at("15:00:00", refused(1));
    killed.at("16:00:00", "=> u@one.example " + sent);
    CHECK(killed.attempts.size() == 1);
    CHECK(killed.log.counters().deliveries.unjoined == 1);
    CHECK(killed.log.first_open_line() == 3);
}

TEST_CASE("state of Exim's log is bounded", "[maillog]") {
    Log log;
    const auto id_of = [](std::size_t number) {
        return fmt::format("1xV{:03}-{:06}-2R", number % 1000, number);
    };
    constexpr std::size_t messages = 3'000;
    for (std::size_t i = 0; i < messages; ++i)
        for (int server = 1; server <= 8; ++server)
            log.of(id_of(i), refused(server));
    const auto lost = log.log.counters().deliveries.unjoined;
    CHECK(lost >= messages * 8 - maillog::EximJoin::max_endings);
    CHECK(lost <= messages * 8 - maillog::EximJoin::max_endings + 8);
    // The newest ones are there, those of the first message are not.
    log.of(id_of(messages - 1), "=> u@one.example " + sent);
    CHECK(log.attempts.size() == 9);
    log.of(id_of(0), "=> u@one.example " + sent);
    CHECK(log.attempts.size() == 10);

    Log many;
    for (int i = 0; i < 200; ++i)
        many.of(id, fmt::format("H=mx{0}.example.com [192.0.2.{0}] Connection refused", i));
    CHECK(many.log.counters().deliveries.dropped == 200 - maillog::EximJoin::max_connections);

    // Recipients of many domains: each has its row.
    Log domains;
    for (int i = 0; i < 500; ++i)
        domains.of(
            id, fmt::format("=> u@d{0}.example R=r T=t H=mx{0}.example.com [192.0.{1}.{2}] C=\"250 ok\"", i,
                            i / 250, i % 250 + 1));
    CHECK(domains.attempts.size() == 500);
    CHECK(domains.log.counters().deliveries.dropped == 0);
}

TEST_CASE("a refusal that found its recipient does not come back in the next round", "[maillog]") {
    Log log;
    const std::string refusal =
        "H=mx1.example.com [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<u@a.example>: 450 "
        "x";
    log.of(id, "=> v@b.example " + sent);
    log.of(id, refusal);
    log.of(id, "=> w@b.example " + sent);
    log.of(id, "=> u@a.example R=r T=t H=mx2.example.com [192.0.2.2] C=\"250 ok\"");
    log.of(id, "=> v@b.example " + sent);
    log.of(id, "Completed");
    CHECK(log.rows() ==
          "v@b.example mx9.example.com eod 250 s1; w@b.example mx9.example.com eod 250 s1; "
          "u@a.example mx1.example.com rcpt 450 s2; u@a.example mx2.example.com eod 250 s3; "
          "v@b.example mx9.example.com eod 250 s4");
}
