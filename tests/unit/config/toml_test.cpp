#include "config/toml.hpp"

#include <algorithm>

#include "catch.hpp"

using namespace nexthopd::config;

namespace {

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

}  // namespace

TEST_CASE("values of every type, with their places") {
    const auto table = parse_toml(
        "text = \"a\\tb\"\nnumber = -7\nfraction = 1.5\nswitch = true\n"
        "day = 2026-11-22\nlist = [1,\n  \"x\"]\n[section]\nkey = 'v'\n");
    REQUIRE(table);
    const auto member = [&](std::string_view key) -> const Member& {
        return *std::find_if(table->begin(), table->end(), [&](const Member& m) { return m.key == key; });
    };
    CHECK(spelling(member("text").value) == "\"a\\x09b\"");
    CHECK(spelling(member("number").value) == "-7");
    CHECK(spelling(member("fraction").value) == "1.5");
    CHECK(spelling(member("switch").value) == "true");
    CHECK(spelling(member("day").value) == "(a date or a time)");
    CHECK(spelling(member("list").value) == "[...]");
    CHECK(spelling(member("section").value) == "{...}");
    CHECK(member("number").place == Place{2, 1});
    CHECK(member("number").value.place == Place{2, 10});
    const auto& list = std::get<Value::Array>(member("list").value.content);
    CHECK(list.at(1).place == Place{7, 3});
}

TEST_CASE("long and hostile texts are shown shortened and harmless") {
    Value value;
    value.content = std::string(1000, 'x');
    CHECK(spelling(value) == '"' + std::string(80, 'x') + "...\"");
    value.content = std::string("\x1b[2J\n");
    CHECK(spelling(value) == "\"\\x1b[2J\\x0a\"");
}

TEST_CASE("faults in plain words, at their place") {
    const std::string quotes =
        "this value is not understood: texts, durations and sizes stand in double quotes";
    const std::string early = "the line ends too early: a value, a quote or a bracket is missing";
    struct Row {
        const char* name;
        std::string text;
        Place place;
        std::string wanted;
    };
    const Row rows[] = {
        {"text without quotes", "mode = enforce", {1, 8}, quotes},
        {"path without quotes", "\nlog = /var/log/mail.log", {2, 7}, quotes},
        {"duration without quotes", "[script]\ntime = 50ms\n", {2, 10}, quotes},
        {"capital letter", "a = True", {1, 5}, quotes},
        {"no value", "a =\n", {1, 4}, early},
        {"open quote", "a = \"x", {1, 7}, early},
        {"open bracket", "a = [1,", {1, 8}, early},
        {"same key twice", "a = 1\na = 2", {2, 5}, "\"a\" is set a second time in this file: remove one"},
        {"same key twice, CRLF",
         "a = 1\r\nb = 2\r\na = 2\r\n",
         {3, 5},
         "\"a\" is set a second time in this file: remove one"},
        {"same table twice",
         "[a]\nb = 1\n[a]\nc = 2",
         {3, 1},
         "[a] stands here already: keep its keys in one place"},
        {"colon", "a: 3", {1, 2}, "not TOML: key-value pair: expected '=', saw ':'"},
        {"key beside its table",
         "[a] b = 1",
         {1, 5},
         "not TOML: table header: expected a comment or whitespace, saw 'b'"},
        {"broken UTF-8", "a = \"\xff\"", {1, 5}, "not TOML: Encountered invalid utf-8 sequence"},
        {"nested arrays",
         "a = " + repeated("[", 100'000),
         {1, 261},
         "not TOML: value: exceeded maximum nested value depth of 256 (TOML_MAX_NESTED_VALUES)"},
        {"dotted key", repeated("a.", 200'000) + "a = 1", {1, 34}, "this key has too many dots"},
        {"dotted table", "x = 1\n[" + repeated("a .", 200'000) + "a]", {2, 52}, "this key has too many dots"},
        {"dotted quoted key", repeated("\"=\".", 200'000) + "a = 1", {1, 68}, "this key has too many dots"},
        {"dotted key behind long string",
         "a = \"\"\"x\\\"\"\"\"\"\"\n" + repeated("a.", 200'000) + "a = 1",
         {2, 34},
         "this key has too many dots"},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        const auto table = parse_toml(row.text);
        REQUIRE_FALSE(table);
        CHECK(table.error().text == row.wanted);
        CHECK(table.error().place.line == row.place.line);
        CHECK(table.error().place.column == row.place.column);
    }
}

TEST_CASE("dots in values and comments are no nesting") {
    const auto dots = repeated("a.", 1000);
    CHECK(parse_toml("# " + dots + "\na = \"" + dots + "\"\nb = '" + dots + "'\nc = \"\"\"\n" + dots +
                     "\\\"" + dots + "\"\"\"\nd = '''" + dots + "'''\n"));
}

TEST_CASE("a byte order mark and CRLF are accepted") {
    const auto table = parse_toml("\xef\xbb\xbfmode = \"observe\"\r\n");
    REQUIRE(table);
    CHECK(table->front().key == "mode");
    CHECK(table->front().place == Place{1, 1});
}
