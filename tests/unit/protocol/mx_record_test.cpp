#include "protocol/mx_record.hpp"

#include "catch.hpp"

using namespace nexthopd::protocol;

TEST_CASE("an MX record as smtp(8) writes it") {
    // Owner spelt as it was asked; as logged by Postfix 3.7.
    const auto record = read_mx_record("Ok.TEST. 300 IN MX 10 MX1.ok.test.");
    REQUIRE(record);
    CHECK(record->owner == "ok.test");
    CHECK(record->host == "mx1.ok.test");
}

TEST_CASE("everything but an MX record with names is kept") {
    for (const auto* text : {
             "mx2.ok.test. 300 IN A 10.9.9.2",
             "mx2.ok.test. 300 IN AAAA fd66::2",
             "_25._tcp.mx1.ok.test. 300 IN TLSA - - 1795227907 ",
             "ok.test. 300 IN MX 0 .",
             "ok.test. 300 IN MX 10",
             "ok.test. 300 IN MX 10 mx1.ok.test. more",
             "ok.test. x IN MX 10 mx1.ok.test.",
             "ok.test. 300 CH MX 10 mx1.ok.test.",
             "ok.test. 300 IN MX 70000 mx1.ok.test.",
             "ok.test. 300 IN MX 10 -mx1.ok.test.",
             "ok\\032x.test. 300 IN MX 10 mx1.ok.test.",
             "",
             "      ",
         }) {
        INFO(text);
        CHECK_FALSE(read_mx_record(text));
    }
}
