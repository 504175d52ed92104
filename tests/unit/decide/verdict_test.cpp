#include "decide/verdict.hpp"

#include <map>
#include <string>

#include "catch.hpp"

using namespace nexthopd::decide;

TEST_CASE("causes and verdicts have words of their own") {
    std::map<std::string, int> seen;
    for (int i = 0; i < cause_count; ++i) {
        const auto* const text = to_text(static_cast<Cause>(i));
        REQUIRE(text != nullptr);
        CHECK(++seen[text] == 1);
    }
    CHECK(std::string(to_text(Cause::internal_error)) == "internal_error");
    CHECK(std::string(to_text(Cause::past_queue_lifetime)) == "past_queue_lifetime");
    const std::pair<Verdict, std::string> names[] = {{LeaveAlone{}, "leave alone"},
                                                     {Route{}, "route"},
                                                     {HoldFor{}, "hold"},
                                                     {Held{}, "hold"},
                                                     {Fail{}, "fail"}};
    for (const auto& [verdict, wanted] : names)
        CHECK(name_of(verdict) == wanted);
}
