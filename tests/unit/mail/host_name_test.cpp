#include "mail/host_name.hpp"

#include "base/text.hpp"
#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::mail;
using namespace std::string_literals;

namespace {

/// A name of `length` characters: labels of 63, the rest in the last one.
std::string name_of_length(std::size_t length) {
    std::string out;
    while (length - out.size() > 64)
        out += std::string(63, 'a') + '.';
    return out + std::string(length - out.size(), 'b');
}

}  // namespace

TEST_CASE("host names are lower case, without the final dot") {
    const std::pair<std::string, std::string> rows[] = {
        {"mx1.example.com", "mx1.example.com"},
        {"MX1.Example.COM.", "mx1.example.com"},
        {"localhost", "localhost"},
        {"a", "a"},
        {"_25._tcp.mx.example.com", "_25._tcp.mx.example.com"},
        {"xn--bcher-kva.test", "xn--bcher-kva.test"},
        {"192.0.2.1", "192.0.2.1"},  // letters and digits: whoever means an address asks ip_address() first
        {std::string(63, 'a') + ".test", std::string(63, 'a') + ".test"},
        {name_of_length(253), name_of_length(253)},
        {name_of_length(253) + ".", name_of_length(253)},
    };
    for (const auto& [text, wanted] : rows) {
        INFO(text);
        CHECK(host_name(text) == wanted);
    }
}

TEST_CASE("names that never reach a script, SQL or a reply") {
    const std::string rows[] = {
        "",
        ".",
        "..",
        ".example.com",
        "mx..example.com",
        "example.com..",
        std::string(64, 'a') + ".test",
        "a." + std::string(64, 'a'),
        name_of_length(254),
        name_of_length(254) + ".",
        std::string(100'000, 'a'),
        "mx 1.example.com",
        " mx1.example.com",
        "mx1.example.com\n",
        "mx1.example.com\0"s,
        "mx'--.example.com",
        "mx\".example.com",
        "mx;.example.com",
        "mx:25",
        "[192.0.2.1]",
        "mx1.example.com,mx2.example.com",
        "mx/../etc",
        "mx\\.example.com",
        "mx%n.example.com",
        "$(reboot).example.com",
        "b\xC3\xBC"
        "cher.test",
        "\xFF.test",
        "2001:db8::1",
        "user@example.com",
        "*.example.com",
    };
    for (const auto& text : rows) {
        INFO(base::printable(text, 80));
        CHECK_FALSE(host_name(text));
    }
}

TEST_CASE("domains become lower-case A-labels") {
    const std::pair<std::string, std::string> rows[] = {
        {"example.com", "example.com"},
        {"EXAMPLE.com.", "example.com"},
        {"B\xC3\xBC"
         "cher.test",
         "xn--bcher-kva.test"},
        {"B\xC3\x9C"
         "CHER.TEST",
         "xn--bcher-kva.test"},
        {"bu\xCC\x88"
         "cher.test",
         "xn--bcher-kva.test"},  // u and U+0308: another spelling of the same
        {"b\xC3\xBC"
         "cher.test.",
         "xn--bcher-kva.test"},
        {"XN--Bcher-KVA.test", "xn--bcher-kva.test"},
        {"stra\xC3\x9F"
         "e.test",
         "xn--strae-oqa.test"},  // not transitional: sharp s stays itself
        {"\xE4\xBE\x8B\xE3\x81\x88.test", "xn--r8jz45g.test"},
        {"a\xE3\x80\x82test", "a.test"},  // U+3002, the ideographic full stop
    };
    for (const auto& [text, wanted] : rows) {
        INFO(text);
        const auto name = domain_name(text);
        REQUIRE(name);
        CHECK(*name == wanted);
    }
}

TEST_CASE("what is no domain is refused, with a text that can be printed") {
    const std::string rows[] = {
        "",
        ".",
        "a..b",
        "exa mple.com",
        "example.com\r\n",
        "exam\0ple.com"s,
        "\xF0\x9F\x93\xA7.test",  // an emoji
        "b\xC3.test",             // broken UTF-8
        "b\xC3\xBC\0cher.test"s,
        "b\xC3\xBC cher.test",
        "b\xC3\xBC'cher.test",
        "b\xC3\xBC..test",
        "\xE2\x80\xAE"
        "b\xC3\xBC.test",  // right-to-left override
        std::string(64, 'a') + ".b\xC3\xBC.test",
        name_of_length(250) + ".b\xC3\xBC",
        std::string(3'000, '\xC3'),
        [] {
            std::string long_text;
            for (int i = 0; i < 2'000; ++i)
                long_text += "\xC3\xBC";
            return long_text;
        }(),
    };
    for (const auto& text : rows) {
        INFO(base::printable(text, 80));
        const auto name = domain_name(text);
        REQUIRE_FALSE(name);
        CHECK(base::is_utf8(name.error().text));
        CHECK(name.error().text.find_first_of("\r\n\0"s) == std::string::npos);
        CHECK(name.error().text.size() < 1'200);
    }
}

TEST_CASE("addresses") {
    const std::pair<std::string, std::string> rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:DB8::1", "2001:db8::1"},
        {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
    };
    for (const auto& [text, wanted] : rows) {
        INFO(text);
        const auto address = ip_address(text);
        REQUIRE(address);
        CHECK(address->to_string() == wanted);
    }
    for (const auto& text :
         {""s, "192.0.2"s, "192.0.2.256"s, "192.0.2.01"s, "0x7f.0.0.1"s, "2130706433"s, " 192.0.2.1"s,
          "192.0.2.1\n"s, "192.0.2.1\0"s, "[192.0.2.1]"s, "fe80::1%eth0"s, "fe80::1%1"s, "::1%"s,
          "2001:db8::1::2"s, "192.0.2.1:25"s, "example.com"s, std::string(10'000, ':')}) {
        INFO(base::printable(text, 80));
        CHECK_FALSE(ip_address(text));
    }
}
