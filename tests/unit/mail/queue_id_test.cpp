#include "mail/queue_id.hpp"

#include "catch.hpp"

using nexthopd::mail::is_exim_id;

TEST_CASE("ids of Exim, before and from 4.97") {
    const std::pair<const char*, bool> rows[] = {
        {"1vN0Ab-0004hG-2x", true},
        {"1vN0Ab-00000004hGz-2xYz", true},
        {"4jXZY83sMwz1bctd", false},  // Postfix, as long
        {"9F1C21234", false},
        {"", false},
        {"-Mrm", false},
        {"1vN0Ab-0004hG-2", false},
        {"1vN0Ab-0004hG-2x ", false},
        {"1vN0Ab-0004hG-2;", false},
        {"1vN0Ab_0004hG_2x", false},
        {"-vN0Ab-0004hG-2x", false},
        {"1vN0Ab-0004hG--x", false},
        {"1vN0Ab-0004hG-\xC3\xA9", false},
        {"../../../../etc/", false},
    };
    for (const auto& [text, is_one] : rows) {
        INFO(text);
        CHECK(is_exim_id(text) == is_one);
    }
}
