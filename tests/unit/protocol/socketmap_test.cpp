#include "protocol/socketmap.hpp"

#include "base/text.hpp"
#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::protocol;
using namespace std::chrono_literals;

TEST_CASE("requests name a map and a key") {
    struct Row {
        std::string content;
        std::string surface;
        std::string connection;
        std::string key;
    };
    const Row rows[] = {
        {"transport user@example.com", "transport", "", "user@example.com"},
        {"transport.newsletters user@example.com", "transport", "newsletters", "user@example.com"},
        {"transport.a.b *", "transport", "a.b", "*"},
        {"transport. *", "transport", "", "*"},
        {".x *", "", "x", "*"},
        {"transport \"a b\"@example.com", "transport", "", "\"a b\"@example.com"},
        {"transport  x", "transport", "", " x"},
        {"transport ", "transport", "", ""},
        {"mxfilter MX\t\n", "mxfilter", "", "MX\t\n"},
    };
    for (const auto& row : rows) {
        INFO(base::printable(row.content));
        const auto request = read_socketmap_request(row.content);
        REQUIRE(request);
        CHECK(request->surface == row.surface);
        CHECK(request->connection == row.connection);
        CHECK(request->key == row.key);
    }
    for (const char* content : {"", " ", " key", "transport", "transport\tkey"}) {
        INFO(content);
        CHECK_FALSE(read_socketmap_request(content));
    }
}

TEST_CASE("verdicts as Postfix reads them") {
    const auto until = base::from_unix_seconds(1'795'368'600);  // 17:30:00 UTC
    struct Row {
        decide::Verdict verdict;
        std::string wanted;
    };
    const Row rows[] = {
        {decide::LeaveAlone{decide::Cause::script_error, "TEMP PERM"}, "NOTFOUND "},
        {decide::Route{{{{"mx1.example.com", 10, 25}, {"mx2.example.com", 20, 2525}}, ""}},
         "OK :[mx1.example.com], [mx2.example.com]:2525"},
        {decide::Route{{{}, "slow"}}, "OK slow:"},
        {decide::Route{{{}, ""}}, "NOTFOUND "},  // what cannot be written is left alone
        {decide::Route{{{{"mx1", 0, 0}}, ""}}, "NOTFOUND "},
        {decide::Route{{{{"mx1], [mx2", 0, 25}}, ""}}, "NOTFOUND "},
        {decide::HoldFor{10min, {}}, "NOTFOUND "},  // a hold that was not made
        {decide::Held{"7K3QWX", until},
         "OK retry:4.7.0 delayed by local policy until 17:30 UTC (nexthopd 7K3QWX)"},
        {decide::Fail{"GetOverrides"}, "OK error:5.4.4 the destination has no mail server (local policy)"},
    };
    for (const auto& row : rows) {
        INFO(row.wanted);
        CHECK(transport_reply(row.verdict) == row.wanted);
    }
}

TEST_CASE("the end of a hold is rounded up to the minute") {
    const auto until = base::from_unix_seconds(1'795'368'600);
    const std::pair<base::WallTime, std::string> rows[] = {
        {until, "17:30"},       {until + 1ms, "17:31"},        {until - 1s, "17:30"},
        {until - 60s, "17:29"}, {until + 6h + 30min, "00:00"},
    };
    for (const auto& [time, wanted] : rows)
        CHECK(hold_text("7K3QWX", time) ==
              "delayed by local policy until " + wanted + " UTC (nexthopd 7K3QWX)");
}
