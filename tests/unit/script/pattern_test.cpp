// find, match, gmatch, gsub: as Lua's, but stopped in time.
#include <random>

#include "base/text.hpp"
#include "script/pattern.hpp"
#include "script_rig.hpp"
#include "stock_lua.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;
using namespace std::chrono_literals;

namespace {

constexpr std::array functions = {"find", "plain",     "match",      "gmatch",
                                  "gsub", "gsub some", "gsub table", "gsub function"};

class Both {
  public:
    void compare(std::string_view subject, std::string_view pattern, std::string_view third,
                 lua_Integer fourth) {
        for (const char* const function : functions) {
            const auto wanted = stock_.call(function, subject, pattern, third, fourth);
            const auto found = ours_.call(function, subject, pattern, third, fourth);
            INFO(function << "(\"" << base::printable(subject) << "\", \"" << base::printable(pattern)
                          << "\", \"" << base::printable(third) << "\", " << fourth << ")");
            if (found != wanted) CHECK(base::printable(found) == base::printable(wanted));
            ++compared;
        }
    }
    std::size_t compared = 0;

  private:
    LuaState state_{64U << 20U};
    StringLibrary stock_;
    StringLibrary ours_{state_};
};

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

}  // namespace

TEST_CASE("patterns give what Lua's own matcher gives") {
    Both both;
    const std::string subjects[] = {"",
                                    "a",
                                    "aaa",
                                    "abc abd",
                                    "mx1.example.com",
                                    "((a)(b))",
                                    "a.b.c",
                                    "421 4.7.0 Try later",
                                    std::string("a\0b\0", 4),
                                    "\xff\x80 caf\xc3\xa9",
                                    "THE (quick) fox",
                                    "key = value",
                                    "]]^-%"};
    const std::string patterns[] = {"",
                                    "a",
                                    "a*",
                                    "a+",
                                    "a-",
                                    "a?",
                                    "^a",
                                    "a$",
                                    "$",
                                    "^$",
                                    "^",
                                    "^^a",
                                    ".",
                                    ".*",
                                    ".-",
                                    ".-b",
                                    "()",
                                    "(a)",
                                    "(a*)(b*)",
                                    "((a)b)",
                                    "(a",
                                    "a)",
                                    "(()",
                                    "%",
                                    "a%",
                                    "[",
                                    "[a",
                                    "[^",
                                    "[]",
                                    "[]]",
                                    "[^]]",
                                    "[a-c]",
                                    "[a-]",
                                    "[%a]",
                                    "[%",
                                    "[%]",
                                    "[a-%]",
                                    "[a-%%]",
                                    "[%a-z]",
                                    "[^%s]+",
                                    "%a+",
                                    "%A+",
                                    "%d+",
                                    "%w*",
                                    "%s",
                                    "%p",
                                    "%z",
                                    "%Z",
                                    "%x+",
                                    "%g+",
                                    "%c",
                                    "%u%l*",
                                    "%b()",
                                    "%bxx",
                                    "%b",
                                    "%b(",
                                    "%f[%w]",
                                    "%f[%w]%w+",
                                    "%f",
                                    "%fa",
                                    "%f[",
                                    "(.)%1",
                                    "%1",
                                    "(%1)",
                                    "(a)%2",
                                    "%0",
                                    "()%1",
                                    "(.*)%1$",
                                    "(%w+)%s*=%s*(%w+)",
                                    "^%s*(.-)%s*$",
                                    "(%d)%.(%d)%.(%d)",
                                    "%f[%a]()%a+()",
                                    "a$b",
                                    "$a",
                                    "a-$",
                                    "(a?)(b?)(c?)",
                                    "[^a-c]*",
                                    "%-",
                                    "[%-%.]+",
                                    "[a\0]",
                                    repeated("a?", 40) + repeated("a", 3),
                                    repeated("(", 40),
                                    repeated("()", 33),
                                    repeated("a*", 250),
                                    repeated("(a)", 32),
                                    repeated("x?", 300),
                                    repeated("a-", 201),
                                    std::string("\0", 1),
                                    std::string("[\0-a]+", 6),
                                    std::string("%b\0b", 4)};
    const std::string replacements[] = {
        "", "x", "%0", "%1", "%2", "%%", "%", "%x", "<%1|%0>", "%9", std::string("\0", 1)};
    std::size_t turn = 0;
    for (const auto& subject : subjects)
        for (const auto& pattern : patterns)
            for (const lua_Integer fourth : {1, 0, -2, 3, 100, -100})
                both.compare(subject, pattern, replacements[turn++ % std::size(replacements)], fourth);
    CHECK(both.compared > 30'000);
}

TEST_CASE("patterns of random pieces give what Lua's own matcher gives") {
    Both both;
    std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same cases each time
    const std::string pieces[] = {"a",    "b",     ".", "%a", "%d", "[ab]", "[^a]", "[a-c]", "(",
                                  ")",    "()",    "*", "+",  "-",  "?",    "^",    "$",     "%1",
                                  "%b()", "%f[a]", "%", "[",  "]",  "%.",   "1",    " "};
    const std::string letters[] = {"a", "b", "c", "(", ")", "1", " ", ".", "ab", "aa"};
    const auto pick = [&](const auto& from) { return from[random() % std::size(from)]; };
    for (int i = 0; i < 20'000; ++i) {
        std::string subject;
        std::string pattern;
        for (auto n = random() % 12; n > 0; --n)
            subject += pick(letters);
        for (auto n = random() % 9; n > 0; --n)
            pattern += pick(pieces);
        both.compare(subject, pattern, random() % 4 == 0 ? "%1" : "<%0>",
                     static_cast<lua_Integer>(random() % 14) - 6);
    }
}

TEST_CASE("our matcher is also that of the texts' methods") {
    CHECK(printed_by(
              "print(('x').find == string.find, ('mx1'):match('%d'), getmetatable('').__index == string)") ==
          "true\t1\ttrue");
    // Lua's own matcher would not end within the age of the earth.
    const auto body = "return (('a'):rep(120)):find('" + repeated(".-", 12) + "x')";
    CHECK(printed_by(body).find("rules.lua:2: the pattern needs more than 5000000 steps on this text") !=
          std::string::npos);
}

TEST_CASE("a match is stopped at the limit, wherever it is called") {
    const std::string pattern = repeated(".-", 12) + "x";
    const std::string text = "local s = ('a'):rep(200) local p = '" + pattern + "' ";
    const std::string rows[] = {
        "while true do pcall(string.find, s, p) end",
        "while true do pcall(string.match, s, p) end",
        "while true do pcall(string.gsub, s, p, '') end",
        "while true do pcall(function() for _ in s:gmatch(p) do end end) end",
        "while true do pcall(string.gsub, 'abc', '.', function() pcall(string.find, s, p) end) end",
        "while true do pcall(table.sort, {3, 1, 2}, function() pcall(string.find, s, p) end) end",
        "while true do xpcall(string.find, function() while true do pcall(s.find, s, p) end end, s, p) end",
        "local b = ('('):rep(1e6) while true do pcall(b.find, b, '%b()') end",
        "local b = ('a'):rep(1e6) while true do pcall(b.find, b, '(.*)%1x') end",
        "local b, set = ('a'):rep(1e6), '[' .. ('b'):rep(1e5) .. ']' while true do pcall(b.find, b, set .. "
        "'*') end",
        "local b, c = ('a'):rep(1e6), ('a'):rep(5e5) .. 'b' while true do b:find(c, 1, true) end",
    };
    for (const auto& row : rows) {
        INFO(row);
        const auto start = cpu_time();
        CHECK(printed_by(text + row, little) == "out of time");
        CHECK(cpu_time() - start < overshoot);
    }
}
