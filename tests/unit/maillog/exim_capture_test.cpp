// The log of a real Exim 4.96, case by case: for each, the attempts that a person reads from it. The same
// cases were provoked with three settings of log_selector.
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "maillog/exim_log.hpp"

using namespace nexthopd;

namespace {

struct Wanted {
    const char* title;              // the comment ahead of the case begins with it
    std::vector<std::string> rows;  // "server stage code status", code "-" where there was no reply
    std::size_t times = 1;          // how often the case is in the log
};

const std::vector<Wanted> wanted = {
    {"success:", {"mx1.ok.test eod 250 sent"}, 3},
    {"success2:", {"mx1.ok.test eod 250 sent", "mx1.ok.test eod 250 sent"}, 3},
    {"twodomains:", {"mx1.ok.test eod 250 sent", "mx1.ok.test eod 250 sent"}, 3},
    {"greet4:", {"mx.greet4.test greeting 421 deferred"}, 3},
    {"greet5:", {"mx.greet5.test greeting 554 bounced"}, 3},
    {"ehlo5:", {"mx.ehlo5.test ehlo 550 bounced"}, 3},
    {"mail4:", {"mx.mail4.test mail 451 deferred"}, 3},
    {"mail421:", {"mx.mail421.test mail 421 deferred"}, 3},
    {"mail5:", {"mx.mail5.test mail 550 bounced"}, 3},
    {"rcpt4:", {"mx.rcpt4.test rcpt 450 deferred"}, 3},
    {"rcpt5:", {"mx.rcpt5.test rcpt 550 bounced"}, 3},
    {"data4:", {"mx.data4.test data 451 deferred"}, 3},
    {"data5:", {"mx.data5.test data 554 bounced"}, 3},
    {"eod4:", {"mx.eod4.test eod 451 deferred", "mx.eod4.test eod 451 deferred uncounted"}, 3},
    {"eod5:", {"mx.eod5.test eod 550 bounced", "mx.eod5.test eod 550 bounced uncounted"}, 3},
    {"refused:", {"mx.refused.test connect - deferred"}, 3},
    // With TCP Fast Open Exim cannot tell a connection that times out from a server that says nothing.
    {"timeout:", {"mx.timeout.test greeting - deferred"}, 3},
    {"unreach:", {"mx.unreach.test connect - deferred"}, 3},
    {"dropban:", {"mx.dropban.test greeting - deferred"}, 3},
    {"dropmail:", {"mx.dropmail.test mail - deferred"}, 3},
    {"dropeod:", {"mx.dropeod.test eod - deferred"}, 3},
    {"slowban:", {"mx.slowban.test greeting - deferred"}, 3},
    {"stlsbad:", {"mx.stlsbad.test tls - deferred", "mx.stlsbad.test eod 250 sent"}, 3},
    {"stls454:", {"mx.stls454.test eod 250 sent"}, 3},
    {"tls:", {"mx.tls.test eod 250 sent tls"}, 3},
    {"dane:", {"mx.dane.test tls - deferred"}, 3},
    {"daneok:", {"mx.daneok.test eod 250 sent tls"}, 3},
    {"mixed:",
     {"mx.rcptmix.test eod 250 sent", "mx.rcptmix.test rcpt 450 deferred",
      "mx.rcptmix.test rcpt 550 bounced"},
     3},
    {"rcpt452:", {"mx.rcpt452.test eod 250 sent", "mx.rcpt452.test rcpt 452 deferred"}, 3},
    {"mlmulti:", {"mx.mlmulti.test rcpt 550 bounced"}, 3},
    {"multi:",
     {"mx.refused.test connect - deferred", "mx.greet4.test greeting 421 deferred",
      "mx.timeout.test greeting - deferred", "mx1.ok.test eod 250 sent"},
     3},
    {"multi4:", {"mx.rcpt4.test rcpt 450 deferred", "mx.eod4.test eod 451 deferred"}, 3},
    {"eod4ok:",
     {"mx.eod4.test eod 451 deferred", "mx1.ok.test eod 250 sent", "mx.eod4.test eod 451 deferred uncounted",
      "mx1.ok.test eod 250 sent"},
     3},
    {"mail4ok:", {"mx.mail4.test mail 451 deferred", "mx1.ok.test eod 250 sent"}, 3},
    {"rcpt4ok:", {"mx.rcpt4.test rcpt 450 deferred", "mx1.ok.test eod 250 sent"}, 3},
    {"dropeodok:", {"mx.dropeod.test eod - deferred", "mx1.ok.test eod 250 sent"}, 3},
    {"greet5ok:", {"mx.greet5.test greeting 554 deferred", "mx1.ok.test eod 250 sent"}, 3},
    {"mixok:",
     {"mx.rcptmix.test eod 250 sent", "mx.rcptmix.test rcpt 450 deferred", "mx1.ok.test eod 250 sent",
      "mx.rcptmix.test rcpt 550 bounced"},
     3},
    {"multibad:", {"mx.refused.test connect - deferred", "mx.greet4.test greeting 421 deferred"}, 3},
    {"multi5:", {"mx.rcpt5.test rcpt 550 bounced"}, 3},
    {"nxdomain:", {}, 3},
    {"servfail:", {}, 3},
    {"dnsdrop:", {}, 3},
    {"nullmx:", {}, 3},
    {"mxnoaddr:", {}, 3},
    {"selfmx:", {}, 3},
    {"local:", {}, 3},
    {"nh_hold:", {}, 3},
    {"nh_fail:", {}, 3},
    {"nh_route:", {"mx3.ok.test eod 250 sent"}, 3},
    {"nh_route2:", {"mx.refused.test connect - deferred", "mx3.ok.test eod 250 sent"}, 3},
    {"nh_badhost:", {}, 3},
    {"nh_allbad:", {"mx1.ok.test eod 250 sent"}, 3},
    {"funny:", {"mx1.ok.test eod 250 sent"}, 3},
    {"t0 send two messages", {}},
    {"immediate queue run", {}},
    {"third, new message", {}},
    {"-Mc id", {}},
    {"-qf", {}},
    {"-R hold.test", {}},
    {"-Rf hold.test", {}},
    {"hold 60 s,", {}},
    {"16:46:40 hold over", {"mx1.ok.test eod 250 sent"}},
    {"16:46:41 queue run", {"mx1.ok.test eod 250 sent"}},
    {"retry rule F,30s,10s", {}},
    {"-- NEW message", {}},
    {"message with a held recipient", {"mx.refused.test connect - deferred"}},
    {"-Mc", {"mx1.ok.test eod 250 sent"}},
    {"-M", {"mx.refused.test connect - deferred", "mx1.ok.test eod 250 sent"}},
    {"-q with a message id", {"mx1.ok.test eod 250 sent"}},
    {"connect timeout 3 s", {"mx.timeout.test connect - deferred"}},
    {"three messages down one", {"mx1.ok.test eod 250 sent", "mx1.ok.test eod 250 sent"}},
    {"ETRN #hold.test", {}},
    {"daemon answered an unknown routing", {}},
    {"unix readsocket, daemon down", {}},
};

struct Case {
    std::string title;
    std::vector<std::string> lines;
};

std::vector<Case> read_capture(const std::string& path) {
    std::vector<Case> cases;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) {
            // Further blanks: what the name server, the retry database or nexthopd had to say.
            if (line.starts_with("# ") && !line.starts_with("#  ")) cases.push_back({line.substr(2), {}});
        } else if (!line.empty() && !cases.empty()) {
            cases.back().lines.push_back(line);
        }
    }
    std::erase_if(cases, [](const Case& one) { return one.lines.empty(); });
    return cases;
}

/// The one with the longest title that fits.
const Wanted* find_wanted(const std::string& title) {
    const Wanted* best = nullptr;
    for (const auto& one : wanted)
        if (title.starts_with(one.title) &&
            (best == nullptr || std::string_view(one.title).size() > std::string_view(best->title).size()))
            best = &one;
    return best;
}

std::string text_of(const mail::Attempt& row) {
    return fmt::format("{} {} {} {}{}{}", row.server, mail::to_text(row.stage),
                       row.code ? fmt::to_string(*row.code) : "-", mail::to_text(row.status),
                       row.tls ? " tls" : "", row.counted ? "" : " uncounted");
}

}  // namespace

TEST_CASE("the attempts of a real Exim log", "[maillog]") {
    const auto cases = read_capture(NEXTHOPD_CORPORA "/captures/exim-mainlog.log");
    if (cases.empty()) {
        WARN("skipped: no captures beside the checkout");
        return;
    }
    const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");
    // One reader for all: what a case leaves behind must not show in the next.
    maillog::EximLog::Options options;
    options.deliveries.instance = "exim";
    maillog::EximLog log(std::move(options));
    std::map<const Wanted*, std::size_t> met;
    for (const auto& one : cases) {
        INFO(one.title);
        const auto* want = find_wanted(one.title);
        REQUIRE(want != nullptr);
        ++met[want];
        std::vector<mail::Attempt> attempts;
        std::vector<maillog::QueueEvent> events;
        for (const auto& line : one.lines)
            log.line(line, now, attempts, events);
        std::vector<std::string> rows;
        std::map<std::uint64_t, std::set<std::string>> sessions;
        const bool begins = one.lines.front().find(" <= ") != std::string::npos ||
                            one.lines.front().find(" cwd=") != std::string::npos;
        for (const auto& attempt : attempts) {
            rows.push_back(text_of(attempt));
            CHECK(attempt.mta == mail::Mta::exim);
            CHECK(attempt.instance == "exim");
            CHECK(attempt.session != 0);
            CHECK(!attempt.recipient.empty());
            CHECK(attempt.recipient.ends_with("@" + attempt.domain));
            if (begins) {
                CHECK((attempt.sender == "sender@mta.test" || attempt.sender == "a@mta.test"));
                CHECK(attempt.size.value_or(0) > 200);
                CHECK(attempt.delay.value_or(-1) >= 0);
                CHECK(attempt.retries.has_value());
            }
            sessions[attempt.session].insert(attempt.queue_id);
        }
        CHECK(rows == want->rows);
        for (const auto& [session, ids] : sessions)
            CHECK(ids.size() == 1);
    }
    for (const auto& one : wanted) {
        INFO(one.title);
        CHECK(met[&one] == one.times);
    }
    const auto counters = log.counters();
    CHECK(counters.malformed == 0);
    CHECK(counters.deliveries.unjoined == 0);
    CHECK(counters.deliveries.dropped == 0);
    CHECK(counters.deliveries.bad_server == 0);
    CHECK(log.first_open_line() == counters.lines + 1);
}
