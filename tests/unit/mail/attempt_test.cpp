#include "mail/attempt.hpp"

#include "catch.hpp"

using namespace nexthopd::mail;

TEST_CASE("the class of an attempt is the first character of its result") {
    const std::pair<const char*, char> rows[] = {
        {"250 2.0.0 ok", '2'}, {"421 4.7.0 later", '4'}, {"5.1.1 no", '5'}, {"", '0'}};
    for (const auto& [result, wanted] : rows) {
        Attempt attempt;
        attempt.result = result;
        CHECK(result_class(attempt) == wanted);
    }
}

TEST_CASE("words of the ledger") {
    CHECK(std::string(to_text(Status::sent)) == "sent");
    CHECK(std::string(to_text(Status::deferred)) == "deferred");
    CHECK(std::string(to_text(Status::bounced)) == "bounced");
    const std::pair<Stage, std::string> stages[] = {
        {Stage::connect, "connect"}, {Stage::greeting, "greeting"}, {Stage::ehlo, "ehlo"},
        {Stage::tls, "tls"},         {Stage::mail, "mail"},         {Stage::rcpt, "rcpt"},
        {Stage::data, "data"},       {Stage::eod, "eod"},           {Stage::relay, "relay"},
    };
    for (const auto& [stage, wanted] : stages)
        CHECK(to_text(stage) == wanted);
    CHECK(std::string(to_text(Mode::delivery)) == "delivery");
    CHECK(std::string(to_text(Mode::probe)) == "probe");
}
