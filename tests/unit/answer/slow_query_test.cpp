// Queries of hooks that take longer than the answering thread gives them.
#include <nlohmann/json.hpp>

#include "answer_rig.hpp"
#include "ledger/rows.hpp"
#include "ledger/store_sqlite.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;
using namespace nexthopd::answer::test;
using namespace std::chrono_literals;

namespace {

/// A ledger in which a query without an index takes longer than the answering thread gives it.
void fill(const std::string& database) {
    const auto store = ledger::sqlite_store(database);
    ledger::Batch batch;
    auto attempt = nexthopd::test::attempt("mx1.example.com", "2026-11-22 11:55:00", "451 4.7.1 later");
    attempt.result += std::string(900, '-');
    for (int i = 0; i < 10'000; ++i) {
        attempt.session = static_cast<std::uint64_t>(i + 1);
        batch.attempts.push_back(attempt);
    }
    const auto stored = store->append(batch);
    if (!stored) FAIL(stored.error().text);
}

constexpr const char* slow_query = R"(
    function CheckServer(domain, server)
        local rows = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server = '"
            .. server .. "' AND result LIKE '%4.7.1%' AND starttime > CURRENT_TIMESTAMP - INTERVAL '15 minutes'")
        if tonumber(rows[1].cnt) > 5 then return false, 10 end
    end)";

}  // namespace

TEST_CASE("a query that takes long is repeated beside, and the hook gets its rows") {
    Rig rig(slow_query);
    fill(rig.database);
    rig.resolver.in_cache["example.com"] = set_of({"mx1.example.com"});
    const auto verdict = rig.ask();
    CHECK(rig.need == Run::Need::hook);
    CHECK(held(verdict).until == rig.clock.wall_time + 10min);
    REQUIRE(rig.recorder.holds.size() == 1);
    const auto evidence = nlohmann::json::parse(rig.recorder.holds[0].evidence);
    CHECK(evidence["asked"][0]["value"] == "10000");

    SECTION("several servers, some quick") {
        rig.resolver.in_cache["two.test"] = set_of({"mx0.example.com", "mx1.example.com"});
        CHECK(route_of(rig.ask(rig.question("user@two.test"))) == ":[mx0.example.com]");
    }
    SECTION("its time is over there, too") {
        rig.policy.script_time = 4ms;
        const auto start = base::Instant::clock::now();
        const auto late = rig.ask(rig.question("other@example.com"));
        CHECK(base::Instant::clock::now() - start < 10s);
        CHECK_FALSE(std::holds_alternative<decide::Held>(late));
        CHECK(std::holds_alternative<decide::LeaveAlone>(late));
    }
    SECTION("a small query needs no waiting") {
        rig.load(
            "function CheckServer() local rows = VPOP3.PostgresQuery(\"SELECT COUNT(*) AS cnt FROM "
            "sendattempts WHERE "
            "server = 'nobody'\") return rows[1].cnt ~= '0' end");
        held(rig.ask(rig.question("other@example.com")));
        CHECK(rig.need == Run::Need::nothing);
    }
}
