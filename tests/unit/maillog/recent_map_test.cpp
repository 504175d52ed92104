#include "maillog/recent_map.hpp"

#include <string>
#include <vector>

#include "base/string_hash.hpp"
#include "catch.hpp"

using namespace nexthopd;

TEST_CASE("a full map forgets what was used least recently", "[maillog]") {
    maillog::RecentMap<std::string, int, base::StringHash> map(3);
    std::vector<int> forgotten;
    const auto forget = [&](int& value) { forgotten.push_back(value); };
    const auto put = [&](std::string_view key, int value) { map.at(key, forget) = value; };
    put("a", 1);
    put("b", 2);
    put("c", 3);
    REQUIRE(map.find(std::string_view("a")) != nullptr);
    put("d", 4);
    CHECK(forgotten == std::vector<int>{2});
    CHECK(map.find(std::string_view("b")) == nullptr);
    put("d", 5);  // is there: nothing has to go
    CHECK(map.size() == 3);
    map.erase(std::string_view("a"));
    map.erase(std::string_view("nothing"));
    put("e", 6);
    CHECK(forgotten == std::vector<int>{2});
    std::vector<int> order;
    map.visit([&](const int& value) {
        order.push_back(value);
        return true;
    });
    CHECK(order == std::vector<int>{6, 5, 3});
    for (const char* key : {"c", "d", "e"})
        map.erase(std::string_view(key));
    CHECK(map.size() == 0);
    put("f", 7);
    CHECK(*map.find(std::string_view("f")) == 7);
}
