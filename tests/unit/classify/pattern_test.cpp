#include "classify/pattern.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using namespace nexthopd;

TEST_CASE("counted gaps are refused, with what to write instead") {
    const std::vector<std::pair<std::string, std::string>> refused = {
        {"a.{0,40}b", "write * instead"}, {"a.{1,40}b", "write + instead"},
        {"a\\S{2,}", "write + instead"},  {"(ab){2}", "write + instead"},
        {"[^ ]{0,5}", "write * instead"}, {"\\w{1,8}", "write + instead"},
        {"[a-z ]{3}", "write + instead"}, {"\\d{9}", "write + instead"},
        {"x{0,20}", "write * instead"},   {"[[:alpha:]^]x.{3}", "write + instead"},
    };
    for (const auto& [pattern, words] : refused) {
        INFO(pattern);
        const auto checked = classify::check_pattern(pattern);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().text.find(words) != std::string::npos);
    }
}

TEST_CASE("small counts and braces that count nothing are permitted") {
    for (const char* pattern : {"\\d{3}", "[0-9]{1,3}", "a{2}", "\\{0,40\\}", "{x}", "[.]{3}", "[{]", ".*",
                                "a{", "\\Q.{0,40}\\E", "(?P<seconds>\\d+)", "[\\d.]+", "\\"}) {
        INFO(pattern);
        CHECK(classify::check_pattern(pattern));
    }
}
