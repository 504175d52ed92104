#include "follow/backlog.hpp"

#include "catch.hpp"
#include "ledger/rows.hpp"

using namespace nexthopd;
using namespace nexthopd::follow;

namespace {

std::vector<mail::Attempt> rows(std::size_t count, const std::string& result = "451 later") {
    return std::vector<mail::Attempt>(count, test::attempt("mx.test", "2026-11-22 17:00:00", result));
}

}  // namespace

TEST_CASE("rows come back after a commit, and after a failure they wait as well") {
    Backlog backlog;
    auto given = rows(3);
    CHECK(backlog.with(given, {}, {}).attempts.size() == 3);
    CHECK(backlog.failed().size() == 3);
    CHECK(backlog.rows() == 3);

    given = rows(2, "250 ok");
    CHECK(backlog.with(given, {}, {}).attempts.size() == 5);
    const auto back = backlog.committed();
    REQUIRE(back.size() == 2);
    CHECK(back[0].result == "250 ok");
    CHECK(backlog.rows() == 0);
    CHECK(backlog.rows_lost() == 0);

    given = {};
    CHECK(backlog.with(given, {}, {}).empty());
}

TEST_CASE("the oldest rows are lost first, by number and by size") {
    Backlog backlog;
    SECTION("number") {
        auto first = rows(Backlog::max_rows);
        backlog.with(first, {}, {});
        backlog.failed();
        auto newest = rows(10, "250 ok");
        backlog.with(newest, {}, {});
        CHECK(backlog.failed().size() == 10);
        CHECK(backlog.rows() == Backlog::max_rows);
        CHECK(backlog.rows_lost() == 10);
        auto none = rows(0);
        CHECK(backlog.with(none, {}, {}).attempts.back().result == "250 ok");
    }
    SECTION("size") {
        auto large = rows(100, "4" + std::string(1'000'000, 'x'));
        backlog.with(large, {}, {});
        CHECK(backlog.failed().size() == 100);
        CHECK(backlog.rows() == Backlog::max_bytes / 1'001'000);
        CHECK(backlog.rows_lost() == 100 - backlog.rows());
    }
    SECTION("holds") {
        for (std::size_t i = 0; i < Backlog::max_holds + 3; ++i)
            backlog.start({});
        backlog.end({});
        auto none = rows(0);
        CHECK(backlog.with(none, {}, {}).started.size() == Backlog::max_holds);
        CHECK(backlog.holds_lost() == 3);
    }
}
