#include "mta/domain_table.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::mta;
using Keys = DomainTable::Keys;
using Words = std::vector<std::string>;

TEST_CASE("words of a list, braces kept together") {
    const std::pair<const char*, std::vector<std::string_view>> rows[] = {
        {"", {}},
        {" , \t", {}},
        {"a, b\tc", {"a", "b", "c"}},
        {"inline:{ a = b, { c = d e } } f", {"inline:{ a = b, { c = d e } }", "f"}},
        {"{unclosed, a", {"{unclosed, a"}},
        {"a} b", {"a}", "b"}},
    };
    for (const auto& [text, wanted] : rows) {
        INFO(text);
        CHECK(words(text) == wanted);
    }
}

TEST_CASE("tables of a parameter") {
    const auto tables = tables_in(
        "example.com hash:/a !hash:/b /file proxy:mysql:/c proxy:proxy:pgsql:/d "
        "socketmap:unix:nexthopd/socketmap:transport socketmap:inet:127.0.0.1:1:other",
        Keys::domain);
    Words names;
    for (const auto& table : tables)
        names.push_back(table.name);
    CHECK(names == Words{"hash:/a", "mysql:/c", "pgsql:/d", "socketmap:inet:127.0.0.1:1:other"});
}

TEST_CASE("what is looked up for a domain") {
    CHECK(keys_of(Keys::domain, "a.b.test") == Words{"a.b.test"});
    CHECK(keys_of(Keys::subdomains, "a.b.test") == Words{"a.b.test", "b.test", "test"});
    CHECK(keys_of(Keys::dotted, "a.b.test") == Words{"a.b.test", ".b.test", ".test"});
    CHECK(keys_of(Keys::transport, "b.test") == Words{"b.test", ".test", "test", "*"});
}

TEST_CASE("what postmap prints") {
    CHECK(parse_postmap("").empty());
    CHECK(parse_postmap("a.test\tsmtp:[x]\n.b.test\tlmtp:y z\n*\tok\n") ==
          std::set<std::string, std::less<>>{"a.test", ".b.test", "*"});
    CHECK(parse_postmap("\tno key\nno value\n") == std::set<std::string, std::less<>>{"no"});
}
