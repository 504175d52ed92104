#include "serve/json.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const base::WallTime noon = base::from_unix_seconds(1'795'348'800);  // 2026-11-22 12:00:00

}  // namespace

TEST_CASE("an attempt has the ledger's column names") {
    mail::Attempt attempt;
    attempt.time = noon;
    attempt.server = "mx1.example.com";
    attempt.result = "451 4.7.1 later";
    auto object = attempt_json(attempt);
    for (const char* name :
         {"starttime", "instance", "queue_id", "session", "connection", "sender", "recipient", "domain",
          "server",    "address",  "port",     "result",  "code",       "dsn",    "status",    "stage",
          "reason",    "delay",    "size",     "retries", "tls",        "mta",    "mode",     "counted"})
        CHECK(object.contains(name));
    CHECK(object["starttime"] == "2026-11-22T12:00:00Z");
    CHECK(object["port"] == 25);
    CHECK(object["status"] == "deferred");
    CHECK(object["stage"] == "connect");
    CHECK(object["counted"] == true);
    for (const char* unknown : {"code", "reason", "delay", "size", "retries"})
        CHECK(object[unknown].is_null());
    attempt.code = 451;
    attempt.reason = "rate";
    attempt.size = 5'000'000'000;
    object = attempt_json(attempt);
    CHECK(object["code"] == 451);
    CHECK(object["reason"] == "rate");
    CHECK(object["size"] == 5'000'000'000);
}

TEST_CASE("a hold") {
    mail::Hold hold;
    hold.id = "7K3QWX";
    hold.connection = "newsletters";
    hold.recipient = "user@example.com";
    hold.since = noon;
    hold.until = noon + 10min;
    hold.reason = "CheckServer left out mx1.example.com";
    hold.rule = "script:CheckServer";
    CHECK(hold_json(hold, 3) == json{{"id", "7K3QWX"},
                                     {"scope", "mail"},
                                     {"key", "user@example.com"},
                                     {"connection", "newsletters"},
                                     {"since", "2026-11-22T12:00:00Z"},
                                     {"until", "2026-11-22T12:10:00Z"},
                                     {"reason", "CheckServer left out mx1.example.com"},
                                     {"rule", "script:CheckServer"},
                                     {"mode", "enforce"},
                                     {"waiting", 3}});
}

TEST_CASE("what ask shows of each verdict") {
    struct Row {
        decide::Verdict verdict;
        json wanted;
    };
    const Row rows[] = {
        {decide::LeaveAlone{decide::Cause::nothing_to_change, {}},
         {{"verdict", "leave alone"}, {"reply", "NOTFOUND "}, {"cause", "nothing_to_change"}}},
        {decide::LeaveAlone{decide::Cause::script_error, "rules.lua:2: no"},
         {{"verdict", "leave alone"},
          {"reply", "NOTFOUND "},
          {"cause", "script_error"},
          {"detail", "rules.lua:2: no"}}},
        {decide::Route{{{{"mx1.example.com", 10, 2525}}, "slow"}},
         {{"verdict", "route"},
          {"reply", "OK slow:[mx1.example.com]:2525"},
          {"transport", "slow"},
          {"hosts", json::array({{{"server", "mx1.example.com"}, {"preference", 10}, {"port", 2525}}})}}},
        {decide::Held{"7K3QWX", noon},
         {{"verdict", "hold"},
          {"reply", "OK retry:4.7.0 delayed by local policy until 12:00 UTC (nexthopd 7K3QWX)"},
          {"id", "7K3QWX"},
          {"until", "2026-11-22T12:00:00Z"}}},
        {decide::Fail{"GetOverrides"},
         {{"verdict", "fail"},
          {"reply", "OK error:5.4.4 the destination has no mail server (local policy)"}}},
    };
    for (const auto& row : rows) {
        json wanted = {{"id", nullptr}, {"until", nullptr}, {"hosts", json::array()}, {"took_ms", 1.5}};
        wanted.update(row.wanted);
        CHECK(verdict_json(row.verdict, 1.5) == wanted);
    }
}
