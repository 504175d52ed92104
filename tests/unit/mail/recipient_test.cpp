#include "mail/recipient.hpp"

#include "base/text.hpp"
#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::mail;
using Kind = Recipient::Kind;

TEST_CASE("recipients are split at the last @") {
    struct Row {
        std::string text;
        std::string local;
        std::string domain;
    };
    const Row rows[] = {
        {"user@example.com", "user", "example.com"},
        {"User.Name+Tag@EXAMPLE.Com", "User.Name+Tag",
         "example.com"},  // RFC 5321 §2.4: the local part's case counts
        {"user@example.com.", "user", "example.com"},
        {"user@B\xC3\xBC"
         "cher.test",
         "user", "xn--bcher-kva.test"},
        {"j\xC3\xB6rg@example.com", "j\xC3\xB6rg", "example.com"},
        {"a@b@example.com", "a@b", "example.com"},
        {"\"a@b\"@example.com", "\"a@b\"", "example.com"},
        {"\"a b\\\"c\"@example.com", "\"a b\\\"c\"", "example.com"},
        {"a b@example.com", "a b", "example.com"},
        {"@@example.com", "@", "example.com"},
        {"a@[192.0.2.1]@example.com", "a@[192.0.2.1]", "example.com"},
        {"*@example.com", "*", "example.com"},
        {"o'brien; DROP TABLE attempt@example.com", "o'brien; DROP TABLE attempt", "example.com"},
        {std::string(8'000, 'x') + "@example.com", std::string(8'000, 'x'), "example.com"},
    };
    for (const auto& row : rows) {
        INFO(base::printable(row.text, 80));
        const auto recipient = parse_recipient(row.text);
        CHECK(recipient.kind == Kind::mailbox);
        CHECK(recipient.local() == row.local);
        CHECK(recipient.domain() == row.domain);
        CHECK(recipient.address == row.local + "@" + row.domain);
    }
}

TEST_CASE("what is no mailbox keeps its text and says what it is") {
    const std::pair<std::string, Kind> rows[] = {
        {"*", Kind::wildcard},
        {"user@[192.0.2.1]", Kind::literal},
        {"user@[IPv6:2001:db8::1]", Kind::literal},
        {"user@[", Kind::literal},
        {"", Kind::malformed},
        {"@", Kind::malformed},
        {"user", Kind::malformed},
        {"user@", Kind::malformed},
        {"@example.com", Kind::malformed},
        {"user@192.0.2.1", Kind::malformed},
        {"user@a..b", Kind::malformed},
        {"user@exa mple.com", Kind::malformed},
        {"user@example.com\n", Kind::malformed},
        {"user@" + std::string(64, 'a') + ".test", Kind::malformed},
        {"user@\xFF.test", Kind::malformed},
        {"example.com", Kind::malformed},
        {"**", Kind::malformed},
    };
    for (const auto& [text, kind] : rows) {
        INFO(base::printable(text));
        const auto recipient = parse_recipient(text);
        CHECK(recipient.kind == kind);
        CHECK(recipient.domain().empty());
        CHECK(recipient.address == text);
    }
}

TEST_CASE("one mailbox has one key however its domain is spelt") {
    const auto key = parse_recipient("user@xn--bcher-kva.test").address;
    for (const char* text : {"user@B\xC3\xBC"
                             "cher.test",
                             "user@XN--BCHER-KVA.TEST.",
                             "user@b\xC3\xBC"
                             "cher.test."}) {
        INFO(text);
        CHECK(parse_recipient(text).address == key);
    }
    CHECK(parse_recipient(key).address == key);
    CHECK(parse_recipient("User@xn--bcher-kva.test").address != key);
}
