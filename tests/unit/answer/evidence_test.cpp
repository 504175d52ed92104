#include "answer/evidence.hpp"

#include <nlohmann/json.hpp>

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;

TEST_CASE("evidence is JSON, whatever the texts are") {
    Asked count;
    count.subject = "mx1.example.com";
    count.result_class = '4';
    count.seconds = 900;
    count.result = 6;
    Asked sql;
    sql.subject = "SELECT '\"\n\xFF'";
    sql.result = 1;
    sql.value = "6";
    const auto text = evidence_json({{"mx1.example.com", 10}, {"mx2", 0.5}}, {count, sql});
    const auto parsed = nlohmann::json::parse(text);
    CHECK(parsed["left_out"][0]["server"] == "mx1.example.com");
    CHECK(parsed["left_out"][0]["minutes"] == 10.0);
    CHECK(parsed["left_out"][1]["minutes"] == 0.5);
    CHECK(parsed["asked"][0] ==
          nlohmann::json{{"server", "mx1.example.com"}, {"class", "4"}, {"seconds", 900}, {"count", 6}});
    CHECK(parsed["asked"][1]["rows"] == 1);
    CHECK(parsed["asked"][1]["value"] == "6");
    CHECK(parsed["asked"][1]["sql"] == "SELECT '\"\n\xEF\xBF\xBD'");
    CHECK(text.find('\n') == std::string::npos);
    CHECK(evidence_json({}, {}) == R"({"asked":[],"left_out":[]})");
}
