#include "mta/postqueue.hpp"

#include "base/text.hpp"
#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::mta;
using namespace std::string_literals;

TEST_CASE("the queue as postqueue -j shows it") {
    const auto messages = parse_postqueue(
        R"({"queue_name": "deferred", "queue_id": "4Zk3Xq1b2Cz9y", "arrival_time": 1795348800, "message_size": 1234, )"
        R"("forced_expire": false, "sender": "me@example.net", "recipients": [{"address": "User@Example.COM", )"
        R"j("delay_reason": "delayed by local policy until 17:30 UTC (nexthopd 7K3QWX)"}, {"address": "other@example.com"}]})j"
        "\n"
        R"({"queue_name": "active", "queue_id": "ABCDEF123", "arrival_time": 1795348801, "message_size": 5, )"
        R"("sender": "MAILER-DAEMON", "recipients": []})"
        "\n");
    REQUIRE(messages.size() == 2);
    const auto& first = messages[0];
    CHECK(first.queue_id == "4Zk3Xq1b2Cz9y");
    CHECK(base::unix_seconds(first.arrived) == 1'795'348'800);
    CHECK(first.size == 1'234);
    CHECK(first.sender == "me@example.net");
    REQUIRE(first.recipients.size() == 2);
    CHECK(first.recipients[0].address == "User@example.com");  // the key of holds
    CHECK(first.recipients[0].hold_id == "7K3QWX");
    CHECK(first.recipients[1].delay_reason.empty());
    CHECK(first.recipients[1].hold_id.empty());
    CHECK(messages[1].sender.empty());
    CHECK(messages[1].recipients.empty());
}

TEST_CASE("lines that are no message are passed over, strange values are nothing") {
    for (const std::string& line :
         {""s, "Mail queue is empty"s, "{"s, "[]"s, "null"s, "7"s, "\"text\""s, "{}"s, R"({"queue_id": 7})"s,
          R"({"queue_id": "-i"})"s, R"({"queue_id": "ABC;reboot"})"s, "\xFF\xFE"s, std::string(200'000, '['),
          R"({"queue_id": ")"s + "\0"s + R"("})"}) {
        INFO(base::printable(line, 60));
        CHECK(parse_postqueue(line).empty());
        CHECK(parse_postqueue(line + "\n{\"queue_id\": \"ABCDEF\"}\n").size() == 1);
    }
    for (const char* rest :
         {R"("arrival_time": "now", "message_size": -5, "sender": null, "recipients": {"a": 1})",
          R"("arrival_time": 1e300, "message_size": 1.5, "sender": [], "recipients": [1, null, "x", []])",
          R"("arrival_time": -1e3, "message_size": true, "recipients": 7)"}) {
        INFO(rest);
        const auto messages = parse_postqueue(std::string(R"({"queue_id": "ABCDEF", )") + rest + "}");
        REQUIRE(messages.size() == 1);
        CHECK(base::unix_seconds(messages[0].arrived) == 0);
        CHECK(messages[0].size == 0);
        CHECK(messages[0].sender.empty());
        CHECK(messages[0].recipients.empty());
    }
    for (const char* number :
         {"9223372036854775807", "-9223372036854775808", "18446744073709551615", "99999999999999"})
        CHECK(parse_postqueue(std::string(R"({"queue_id": "ABCDEF", "arrival_time": )") + number + "}")
                  .size() == 1);
    const auto odd =
        parse_postqueue(R"({"queue_id": "ABCDEF", "recipients": [{}, {"address": 7, "delay_reason": 7}]})");
    REQUIRE(odd.size() == 1);
    REQUIRE(odd[0].recipients.size() == 2);
    CHECK(odd[0].recipients[1].address.empty());
}

TEST_CASE("a hold is known by exactly our text") {
    CHECK(hold_id_of("delayed by local policy until 17:30 UTC (nexthopd 7K3QWX)") == "7K3QWX");
    CHECK(hold_id_of("delayed by local policy until 00:00 UTC (nexthopd 00000)") == "00000");
    for (const char* text :
         {"", "delayed by local policy until ", "delayed by local policy until 17:30 UTC (nexthopd 7K3QWX",
          "delayed by local policy until 17:30 UTC (nexthopd 7K3QWX) ",
          "delayed by local policy until 17:30 UTC (nexthopd )",
          "delayed by local policy until 17:30 UTC (nexthopd  7K3QWX)",
          "delayed by local policy until 17:30 UTC (nexthopd 7K3QWL)",  // L is not in the alphabet
          "delayed by local policy until 17:30 UTC (nexthopd 7k3qwx)",
          "delayed by local policy until 17:30 UTC (nexthopd 7K3Q)",
          "delayed by local policy until 17:30 UTC (nexthopd A) (nexthopd 7K3QWX)",
          "delayed by local policy until 17:30 UTC (nexthopd 7K3QWX) (nexthopd 7K3QWX)",
          "delayed by local policy until soon (nexthopd 7K3QWX)",
          "delayed by local policy until 17:30 UTC x (nexthopd 7K3QWX)",
          "delayed by local policy until (nexthopd 7K3QWX)",
          " delayed by local policy until 17:30 UTC (nexthopd 7K3QWX)",
          "host mx.example.com said: 450 delayed by local policy until 17:30 UTC (nexthopd 7K3QWX)",
          "delivery temporarily suspended: delayed by local policy until 17:30 UTC (nexthopd 7K3QWX)"}) {
        INFO(text);
        CHECK(hold_id_of(text).empty());
    }
}

TEST_CASE("queue ids that may be given to a command") {
    for (const char* id :
         {"ABCDEF", "4Zk3Xq1b2Cz9y", "1qXyZ0-0006Gh-2c", "0123456789ABCDEF0123456789abcdef", "a-----"})
        CHECK(is_queue_id(id));
    for (const std::string& id :
         {""s, "ABCDE"s, "-ABCDEF"s, "--help"s, "ABC DEF"s, "ABCDEF\n"s, "ABC/DEF"s, "../../x"s, "ABC;DEF"s,
          "ABC_DEF"s, "ABCDEF\0"s, "*ABCDEF"s, "ABCD\xC3\xBC"s, std::string(33, 'A')}) {
        INFO(base::printable(id));
        CHECK_FALSE(is_queue_id(id));
    }
}
