#include "mail/address_text.hpp"

#include "catch.hpp"

using namespace nexthopd::mail;

TEST_CASE("addresses inside text") {
    struct Row {
        const char* text;
        const char* wanted;
    };
    const Row rows[] = {
        {"550 5.1.1 <user@one.test>: Recipient address rejected",
         "550 5.1.1 <[user@one.test]>: Recipient address rejected"},
        {"user@one.test", "[user@one.test]"},
        {"no such user u.ser+tag@one.test.", "no such user [u.ser+tag@one.test]."},
        {"a@one.test,b@two.test", "[a@one.test],[b@two.test]"},
        {"\"john doe\"@one.test is full", "[\"john doe\"@one.test] is full"},
        {"m\xC3\xBCller@one.test", "[m\xC3\xBCller@one.test]"},
        {"a@b@one.test", "[a@b]@one.test"},
        {"mail @ home, @here, there@", "mail @ home, @here, there@"},
        {"to=user@[192.0.2.1]", "to=user@[192.0.2.1]"},
        {"", ""},
        {"@", "@"},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        CHECK(replace_addresses(row.text, [](std::string_view found) {
                  return '[' + std::string(found) + ']';
              }) == row.wanted);
    }
}

TEST_CASE("an address without its local part") {
    CHECK(without_local_part("user@one.test") == "*@one.test");
    CHECK(without_local_part("\"a@b\"@one.test") == "*@one.test");
    CHECK(without_local_part("user") == "*");
}
