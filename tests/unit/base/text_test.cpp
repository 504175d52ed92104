#include "base/text.hpp"

#include "catch.hpp"

using namespace nexthopd::base;
using namespace std::string_literals;

TEST_CASE("case is folded for ASCII only") {
    CHECK(lower("MX1.Example.COM_-9") == "mx1.example.com_-9");
    CHECK(lower("\xC3\x84") == "\xC3\x84");  // a capital A with diaeresis stays one
    CHECK(equal_ignoring_case("Retry", "rETRY"));
    CHECK_FALSE(equal_ignoring_case("retry", "retry "));
    CHECK_FALSE(equal_ignoring_case("@", "`"));  // differ by the bit that tells "A" from "a"
}

TEST_CASE("white space is trimmed at both ends and nowhere else") {
    const std::pair<std::string, std::string> rows[] = {
        {"", ""},       {" \t\r\n", ""},        {"a", "a"},  {"  a b\t\r\n", "a b"},
        {"\va", "\va"}, {"\0 a\0"s, "\0 a\0"s}, {"a ", "a"}, {" a", "a"},
    };
    for (const auto& [text, wanted] : rows) {
        INFO(printable(text));
        CHECK(trim(text) == wanted);
    }
}

TEST_CASE("splitting keeps empty parts") {
    using Parts = std::vector<std::string_view>;
    CHECK(split("", ',') == Parts{""});
    CHECK(split(",", ',') == Parts{"", ""});
    CHECK(split("a,,b,", ',') == Parts{"a", "", "b", ""});
    CHECK(split("a b", ',') == Parts{"a b"});
}

TEST_CASE("numbers are digits and nothing else") {
    struct Row {
        std::string text;
        std::uint64_t max;
        std::optional<std::uint64_t> wanted;
    };
    const Row rows[] = {
        {"0", 9, 0},
        {"007", 9, 7},
        {"10", 9, std::nullopt},
        {"9", 9, 9},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, std::nullopt},
        {"", 9, std::nullopt},
        {"+1", 9, std::nullopt},
        {"-1", 9, std::nullopt},
        {" 1", 9, std::nullopt},
        {"1 ", 9, std::nullopt},
        {"1\n", 9, std::nullopt},
        {"1\0"s, 9, std::nullopt},
        {"0x1", 99, std::nullopt},
        {"1e1", 99, std::nullopt},
        {"\xD9\xA1", 9, std::nullopt},  // U+0661 ARABIC-INDIC DIGIT ONE
    };
    for (const auto& row : rows) {
        INFO(printable(row.text));
        CHECK(parse_number(row.text, row.max) == row.wanted);
    }
}

TEST_CASE("what is printed cannot reach the terminal as a command") {
    const std::pair<std::string, std::string> rows[] = {
        {"", ""},
        {"mx1.example.com", "mx1.example.com"},
        {"a\\x0a", "a\\\\x0a"},  // a backslash is doubled: no text looks like an escape
        {"a\nb\r\tc\0d"s, "a\\x0ab\\x0d\\x09c\\x00d"},
        {"\x1b[2J", "\\x1b[2J"},
        {"\x7f", "\\x7f"},
        {"B\xC3\xBC"
         "cher",
         "B\xC3\xBC"
         "cher"},  // U+00FC
        {"\xE2\x82\xAC \xF0\x9F\x93\xA7", "\xE2\x82\xAC \xF0\x9F\x93\xA7"},
        {"\xC2\x9B"
         "2J",
         "\\xc2\\x9b"
         "2J"},  // U+009B is CSI, well-formed and a command all the same
        {"\xC2\x80\xC2\x9F\xC2\xA0", "\\xc2\\x80\\xc2\\x9f\xC2\xA0"},
        {"\x9B"
         "2J",
         "\\x9b"
         "2J"},
        {"\xC3", "\\xc3"},  // cut in the middle of a sequence
        {"\xC3(", "\\xc3("},
        {"\xE2\x82", "\\xe2\\x82"},
        {"\xF0\x9F\x93", "\\xf0\\x9f\\x93"},
        {"\xC0\x8A", "\\xc0\\x8a"},  // an overlong line feed
        {"\xE0\x80\x8A", "\\xe0\\x80\\x8a"},
        {"\xED\xA0\x80", "\\xed\\xa0\\x80"},           // a surrogate
        {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // above U+10FFFF
        {"\xFF\xFE", "\\xff\\xfe"},
    };
    for (const auto& [text, wanted] : rows) {
        INFO(wanted);
        CHECK(printable(text) == wanted);
        CHECK(printable(text).find_first_of("\n\r\x1b\x7f") == std::string::npos);
    }
}

TEST_CASE("what is printed has a limit") {
    CHECK(printable("abcdef", 6) == "abcdef");
    CHECK(printable("abcdefg", 6) == "abcdef...");
    CHECK(printable("ab\xC3\xBC", 3) == "ab\\xc3...");  // the cut may fall into a character
    CHECK(printable(std::string(5'000, '\n')).size() == 4 * 1'000 + 3);
}

TEST_CASE("UTF-8 is well-formed or not") {
    const std::pair<std::string, bool> rows[] = {
        {"", true},
        {"ascii\0"s, true},
        {"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x93\xA7", true},
        {"\xC2\x80", true},   // the shortest form of two bytes
        {"\xC1\xBF", false},  // one byte less is overlong
        {"\xE0\xA0\x80", true},
        {"\xE0\x9F\xBF", false},
        {"\xED\x9F\xBF", true},
        {"\xED\xA0\x80", false},  // surrogates
        {"\xEE\x80\x80", true},
        {"\xF0\x90\x80\x80", true},
        {"\xF0\x8F\xBF\xBF", false},
        {"\xF4\x8F\xBF\xBF", true},
        {"\xF4\x90\x80\x80", false},
        {"\xF5\x80\x80\x80", false},
        {"\x80", false},
        {"a\xE2\x82", false},
        {"\xE2\x82z", false},
        {"\xFF", false},
    };
    for (const auto& [text, wanted] : rows) {
        INFO(printable(text));
        CHECK(is_utf8(text) == wanted);
    }
}

TEST_CASE("did you mean") {
    const std::vector<std::string_view> known = {"timeout", "transport", "retention", "file"};
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"timout", "timeout"},   // a letter missing
        {"tiemout", "timeout"},  // two swapped
        {"TRANSPORT", "transport"},
        {"transports", "transport"},
        {"fiel", "file"},
        {"x", ""},
        {"", ""},
        {"memory", ""},
    };
    for (const auto& [word, wanted] : rows) {
        INFO(word);
        CHECK(nearest(word, known) == wanted);
    }
    CHECK(nearest("timeout", {}).empty());
}
