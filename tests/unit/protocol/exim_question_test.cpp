#include "protocol/exim_question.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::protocol;

namespace {

// As contrib/exim asks; what is base64 here: one.test, user, a@mta.test.
const std::string asked =
    "ROUTE\tk=s3cret\td:=b25lLnRlc3Q=\tl:=dXNlcg==\ts:=YUBtdGEudGVzdA==\tid=1vN0Ab-0004hG-2x\tsize=1234\t"
    "rcv=1795348800\tv=\trelay=1\tc=newsletters";

decide::Verdict route(std::vector<mail::Server> servers, std::string transport = {}) {
    return decide::Route{{std::move(servers), std::move(transport)}};
}

}  // namespace

TEST_CASE("a question of Exim") {
    const auto question = read_exim_question(asked);
    REQUIRE(question);
    CHECK(question->key == "s3cret");
    CHECK(question->recipient == "user@one.test");
    CHECK(question->sender == "a@mta.test");
    CHECK(question->id == "1vN0Ab-0004hG-2x");
    CHECK(question->size == 1234);
    CHECK(question->arrived == base::from_unix_seconds(1'795'348'800));
    CHECK(question->relay);
    CHECK(question->connection == "newsletters");
}

TEST_CASE("questions of Exim, in short") {
    // recipient, sender and id joined with "|"; "-" for no question.
    const std::pair<std::string, std::string> rows[] = {
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==", "user@one.test||"},
        // -bt names no message, and a verification may, but is no delivery either.
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tid=\tv=R", "user@one.test||"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tid=1vN0Ab-0004hG-2x\tv=S", "user@one.test||"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tid=1vN0Ab-00000004hGz-2xYz",
         "user@one.test||1vN0Ab-00000004hGz-2xYz"},
        // A local part with everything in it stays in its field: `a\tb"\n${x}=`
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=YQliIgokezp9PQ==", "a\tb\"\n${:}=@one.test||"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tnew=1\tnew:=AA==", "user@one.test||"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tsize=-1\trcv=\tc=", "user@one.test||"},
        {"", "-"},
        {"ROUTE", "-"},
        {"EHLO x", "-"},
        {"ROUTE d:=b25lLnRlc3Q= l:=dXNlcg==", "-"},
        {"ROUTE\td:=b25lLnRlc3Q=", "-"},
        {"ROUTE\tl:=dXNlcg==", "-"},
        {"ROUTE\td=one.test\tl=user", "-"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg", "-"},    // cut
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNl=g==", "-"},  // padding within
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlc\xFFg=", "-"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=====", "-"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tid=-Mrm", "-"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tid=1vN0Ab-0004hG-2x;id", "-"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tc=a.b", "-"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tx", "-"},
        {"ROUTE\td:=b25lLnRlc3Q=\tl:=dXNlcg==\tx=" + std::string(max_exim_question, 'x'), "-"},
    };
    for (const auto& [line, text] : rows) {
        INFO(line.substr(0, 100));
        const auto question = read_exim_question(line);
        CHECK((question ? question->recipient + '|' + question->sender + '|' + question->id : "-") == text);
    }
}

TEST_CASE("answers for Exim") {
    const auto until = base::from_unix_seconds(1'795'368'600);
    const std::pair<decide::Verdict, std::string> rows[] = {
        {decide::LeaveAlone{}, ""},
        {route({{"mx1.test"}, {"mx2.test", 0, 2525}}), "route mx1.test:mx2.test::2525"},
        {route({{"2001:db8::1", 0, 2525}}, "slow"), "route [2001::db8::::1]::2525 slow"},
        {route({}, "slow"), "route one.test/mx slow"},
        {decide::Held{"7K3QW", until}, "hold 4.7.0 delayed by local policy until 17:30 UTC (nexthopd 7K3QW)"},
        {decide::HoldFor{std::chrono::minutes(5), {}}, ""},
        {decide::Fail{"FinalOverrides"}, "fail 5.4.4 the destination has no mail server (local policy)"},
        // What is not written was checked before; if it gets here all the same, it stays here.
        {route({{"${run{id}}"}}), ""},
        {route({{"mx1.test"}}, "byname"), ""},
        {decide::Held{"${run{id}}", until}, ""},
        {decide::Held{"A\nroute x", until}, ""},
    };
    for (const auto& [verdict, text] : rows)
        CHECK(exim_answer(verdict, "one.test") == text);
}
