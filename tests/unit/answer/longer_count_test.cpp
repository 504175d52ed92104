// nexthop.count over windows of any length, compared with SQL on the rows themselves.
#include <random>

#include "answer/script_host.hpp"
#include "answer_rig.hpp"
#include "ledger/rows.hpp"
#include "ledger/store_sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t days = 3 * 86'400;

struct Counting {
    Counting() { clock.wall_time = base::from_unix_seconds(1'795'348'800 + 1'234); }

    void store_rows(std::mt19937_64& random, int rows) {
        const auto any = [&](std::int64_t from, std::int64_t to) {
            return std::uniform_int_distribution<std::int64_t>(from, to)(random);
        };
        ledger::Batch batch;
        for (int i = 0; i < rows; ++i) {
            // Many about the seam of two hours, and in any order.
            const auto ago = any(0, 2) == 0   ? any(0, days)
                             : any(0, 1) == 0 ? any(7'100, 7'300)
                                              : any(0, 9'000);
            const char* const results[] = {"250 ok", "451 4.7.1 later", "550 5.1.1 no", "connection refused"};
            const auto time = base::ledger_time(clock.wall_time - std::chrono::seconds(ago));
            batch.attempts.push_back(nexthopd::test::attempt("mx" + std::to_string(any(0, 2)), time.c_str(),
                                                             results[any(0, 3)], any(0, 5) != 0));
        }
        REQUIRE(store->append(batch));
    }
    void roll_up(std::uint32_t step) {
        for (;;) {
            const auto done = store->roll_up(step);
            REQUIRE(done);
            if (*done < step) return;
        }
    }
    /// As at a start.
    void load_counters() {
        knowledge.counters = {};
        REQUIRE(store->recent(clock.wall_time - 2h, [&](const ledger::Cell& cell) {
            knowledge.counters.add({cell.server, cell.domain, cell.reason, cell.result_class}, cell.minute, clock.wall_time,
                         cell.count);
        }));
    }
    std::uint64_t count(const std::string& server, char result_class, std::int64_t seconds) {
        script::Store kept;
        answer::test::FakeResolver resolver;
        ScriptHost host(knowledge, resolver, reader, translations, kept, clock);
        if (seconds <= state::Counters::window_seconds) return host.count(server, result_class, seconds);
        const auto answer = host.count_longer(server, result_class, seconds);
        host.pause();
        std::string value;
        if (const auto* const rows = std::get_if<ledger::Rows>(&answer)) {
            value = rows->rows.at(0).at(0).value_or("");
        } else if (const auto* const pending = std::get_if<script::PendingQuery>(&answer)) {
            const auto later = reader.run(pending->sql, pending->parameters, {10s, 10, 1'000});
            REQUIRE(later);
            value = later->rows.at(0).at(0).value_or("");
        } else {
            FAIL(std::get<script::QueryFailure>(answer).text);
        }
        return std::stoull(value);
    }
    std::uint64_t exact(const std::string& server, char result_class, std::int64_t seconds) {
        const auto rows = reader.run(
            "SELECT count(*) FROM sendattempts WHERE server=?1 AND substr(result,1,1)=?2 AND starttime>?3",
            {server, std::string(1, result_class),
             base::ledger_time(clock.wall_time - std::chrono::seconds(seconds))},
            {10s, 10, 1'000});
        REQUIRE(rows);
        return std::stoull(rows->rows.at(0).at(0).value_or(""));
    }

    nexthopd::test::TempDir folder;
    const std::string database = folder / "ledger.db";
    std::unique_ptr<ledger::Store> store = ledger::sqlite_store(database);
    answer::test::FakeClock clock;
    Knowledge knowledge;
    ledger::Reader reader{database};
    sql::Translations translations;
};

}  // namespace

TEST_CASE("a count lies between SQL's over that window and over one 60 s longer, whatever the window") {
    std::mt19937_64 random(11);
    const auto any = [&](std::int64_t from, std::int64_t to) {
        return std::uniform_int_distribution<std::int64_t>(from, to)(random);
    };
    for (int round = 0; round < 4; ++round) {
        Counting counting;
        counting.clock.wall_time += std::chrono::seconds(any(0, 3'600));
        for (int part = 0; part < 3; ++part) {
            counting.store_rows(random, 700);
            counting.roll_up(static_cast<std::uint32_t>(any(1, 900)));
        }
        counting.load_counters();
        for (int i = 0; i < 150; ++i) {
            const auto server = "mx" + std::to_string(any(0, 3));
            const char result_class = "245"[any(0, 2)];
            const auto seconds = any(0, 2) == 0 ? any(7'100, 7'300) : any(1, days + 100);
            INFO("round " << round << ": " << server << ' ' << result_class << ' ' << seconds);
            const auto counted = counting.count(server, result_class, seconds);
            REQUIRE(counted >= counting.exact(server, result_class, seconds));
            REQUIRE(counted <= counting.exact(server, result_class, seconds + 60));
        }
    }
}

TEST_CASE("rows that come late are counted when they are rolled up") {
    Counting counting;
    std::mt19937_64 random(1);
    counting.store_rows(random, 100);
    counting.roll_up(1'000);
    counting.load_counters();
    const auto before = counting.count("mx9", '4', days);
    CHECK(before == 0);
    const auto late = base::ledger_time(counting.clock.wall_time - 30h);
    REQUIRE(
        counting.store->append({{nexthopd::test::attempt("mx9", late.c_str(), "451 later")}, {}, {}, {}}));
    CHECK(counting.count("mx9", '4', days) == 0);
    counting.roll_up(1'000);
    CHECK(counting.count("mx9", '4', days) == 1);
    CHECK(counting.count("mx9", '4', 29 * 3'600) == 0);
}

TEST_CASE("what is pruned is not counted, and a name's number that is used again counts anew") {
    Counting counting;
    const auto old = base::ledger_time(counting.clock.wall_time - 48h);
    REQUIRE(counting.store->append(
        {{nexthopd::test::attempt("old.test", old.c_str(), "451 later")}, {}, {}, {}}));
    counting.roll_up(10);
    CHECK(counting.count("old.test", '4', days) == 1);
    const auto day = counting.clock.wall_time - 12h;
    CHECK(*counting.store->prune({day, 0, {}, 10}) == 1);
    CHECK(*counting.store->prune({day, 0, {}, 10}) == 0);
    CHECK(counting.count("old.test", '4', days) == 0);
    const auto now = base::ledger_time(counting.clock.wall_time - 3h);
    REQUIRE(counting.store->append(
        {{nexthopd::test::attempt("new.test", now.c_str(), "451 later")}, {}, {}, {}}));
    counting.roll_up(10);
    CHECK(counting.count("new.test", '4', days) == 1);
}
