#include "ledger/privacy.hpp"

#include <sys/stat.h>

#include <fstream>

#include "catch.hpp"
#include "ledger/rows.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::ledger;
using Mode = Privacy::Mode;

TEST_CASE("what is stored of an address") {
    const Privacy hashed(Mode::hashed, std::string(32, 'k'));
    auto row = test::attempt("mx1.one.test", "2026-11-22 17:00:00",
                             "550 5.1.1 <U@one.test>: unknown; not other@two.test");

    SECTION("all of it") {
        auto same = row;
        Privacy().apply(same);
        CHECK(same.recipient == row.recipient);
        CHECK(same.result == row.result);
    }
    SECTION("the domain") {
        Privacy(Mode::domain, {}).apply(row);
        CHECK(row.sender == "*@sender.test");
        CHECK(row.recipient == "*@one.test");
        CHECK(row.result == "550 5.1.1 <*@one.test>: unknown; not *@two.test");
        CHECK(row.server == "mx1.one.test");
    }
    SECTION("a keyed hash: the same for the same address, whatever its case") {
        hashed.apply(row);
        CHECK(row.recipient.size() == 16 + std::string("@one.test").size());
        CHECK(row.recipient.find("u@") == std::string::npos);
        CHECK(row.result.find('<' + row.recipient + '>') != std::string::npos);
        CHECK(hashed.address("u@one.test") == row.recipient);
        CHECK(hashed.address("v@one.test") != row.recipient);
        CHECK(Privacy(Mode::hashed, std::string(32, 'x')).address("u@one.test") != row.recipient);
        CHECK(hashed.address("").empty());  // the null sender
    }
    SECTION("a hold") {
        mail::Hold hold{
            "A", "", "u@one.test", {}, {}, "u@one.test was left out", "rule", R"({"sql":"u@one.test"})"};
        Privacy(Mode::domain, {}).apply(hold);
        CHECK(hold.recipient == "*@one.test");
        CHECK(hold.reason == "*@one.test was left out");
        CHECK(hold.evidence == R"({"sql":"*@one.test"})");
    }
}

TEST_CASE("the hash is HMAC-SHA-256") {
    // RFC 4231, test case 2, cut to eight bytes; the text has no address sign.
    CHECK(Privacy(Mode::hashed, "Jefe").address("what do ya want for nothing?") == "5bdcc146bf60754e");
}

TEST_CASE("the key is made once, for its owner only") {
    test::TempDir folder;
    const auto path = folder / "privacy.key";
    const auto first = Privacy::open(Mode::hashed, path);
    REQUIRE(first);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(status.st_size == 32);
    CHECK(Privacy::open(Mode::hashed, path)->address("u@one.test") == first->address("u@one.test"));
    CHECK(Privacy::open(Mode::hashed, folder / "other.key")->address("u@one.test") !=
          first->address("u@one.test"));

    std::ofstream(path) << "short";
    const auto broken = Privacy::open(Mode::hashed, path);
    REQUIRE_FALSE(broken);
    CHECK(broken.error().text.find("is not a key of 32 bytes") != std::string::npos);
    CHECK_FALSE(Privacy::open(Mode::hashed, folder / "missing/key"));
    CHECK(Privacy::open(Mode::domain, folder / "missing/key"));
}
