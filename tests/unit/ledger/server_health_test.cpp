#include "ledger/server_health.hpp"

#include "catch.hpp"
#include "ledger/rows.hpp"
#include "ledger/store_sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::ledger;
using test::at;
using test::attempt;

TEST_CASE("servers by what hurts") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    REQUIRE(store->append({{attempt("well.test", "2026-11-22 17:10:00", "250 ok"),
                            attempt("well.test", "2026-11-22 17:11:00", "250 ok"),
                            attempt("slow.test", "2026-11-22 15:10:00", "451 first"),
                            attempt("slow.test", "2026-11-22 17:10:00", "250 ok"),
                            attempt("slow.test", "2026-11-22 17:20:00", "550 last \x1B[2J"),
                            attempt("slow.test", "2026-11-22 17:30:00", "450 not counted", false),
                            attempt("slow.test", "2026-11-21 17:59:59", "451 too old"),
                            attempt("other.test", "2026-11-21 18:00:00", "421 just within")},
                           {},
                           {},
                           {}}));
    const auto now = at("2026-11-22 17:45:00");
    CHECK(list_servers(path, now, 10)->servers.empty());  // not rolled up yet
    while (*store->roll_up(3) == 3) {
    }
    const auto listed = list_servers(path, now, 10);
    REQUIRE(listed);
    CHECK(listed->complete);
    REQUIRE(listed->servers.size() == 3);
    const auto& slow = listed->servers[0];
    CHECK(slow.server == "slow.test");
    CHECK(slow.attempts == 3);
    CHECK(slow.deferred == 1);
    CHECK(slow.refused == 1);
    CHECK(slow.last_reply == "550 last \x1B[2J");
    CHECK(slow.last_failure == at("2026-11-22 17:20:00"));
    CHECK(slow.failed[23] == 1);
    CHECK(slow.failed[21] == 1);
    CHECK(listed->servers[1].server == "other.test");
    CHECK(listed->servers[1].failed[0] == 1);
    CHECK(listed->servers[2].server == "well.test");
    CHECK(listed->servers[2].last_reply.empty());

    const auto first = list_servers(path, now, 1);
    REQUIRE(first->servers.size() == 1);
    CHECK(first->servers[0].server == "slow.test");
}
