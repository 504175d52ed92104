#include "ledger/schema.hpp"

#include <fmt/format.h>

#include "catch.hpp"
#include "ledger/rows.hpp"
#include "ledger/store_sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::ledger;

namespace {

Database open(const std::string& path) {
    auto database = Database::open(path, Database::Access::create, writer_cache_kib, writer_busy_ms);
    REQUIRE(database);
    return std::move(*database);
}

std::string all_rows(const Database& database, const std::string& sql, int column) {
    auto statement = Statement::prepare(database, sql);
    INFO((statement ? "" : statement.error().text));
    REQUIRE(statement);
    std::string text;
    for (;;) {
        const auto row = statement->step();
        REQUIRE(row);
        if (!*row) return text;
        text += statement->text(column);
        text += '\n';
    }
}

}  // namespace

TEST_CASE("the queries of scripts use the indexes that were made for them") {
    test::TempDir folder;
    auto database = open(folder / "ledger.db");
    REQUIRE(migrate(database));
    struct Row {
        const char* name;
        const char* sql;
        const char* wanted;
    };
    const Row rows[] = {
        {"the published example",
         "SELECT COUNT(*) FROM sendattempts WHERE server='x' AND starttime > '2026-11-22 17:15:00' AND "
         "(result >= '4' AND result < '5')",
         "attempt_4"},
        {"with parameters",
         "SELECT count(*) FROM sendattempts WHERE (server = ?1) AND (starttime > ?2) AND ((result >= '4' "
         "AND result < '5'))",
         "attempt_4"},
        {"class 5",
         "SELECT count(*) FROM sendattempts WHERE server=?1 AND starttime > ?2 AND result >= '5' AND result < '6'",
         "attempt_5"},
        {"no class", "SELECT count(*) FROM sendattempts WHERE server=?1 AND starttime > ?2", "attempt_time"},
        {"all columns of a class",
         "SELECT * FROM sendattempts WHERE server=?1 AND starttime > ?2 AND result >= '5' AND result < '6'",
         "attempt_5"},
        {"a queue id", "SELECT * FROM sendattempts WHERE queue_id=?1", "attempt_queue_id"},
    };
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.name) {
            const auto plan = all_rows(database, fmt::format("EXPLAIN QUERY PLAN {}", row.sql), 3);
            CAPTURE(plan);
            CHECK(plan.find(fmt::format("INDEX {} (", row.wanted)) != std::string::npos);
            CHECK(plan.find("SCAN") == std::string::npos);
        }
    }
}

TEST_CASE("counting a server's failures reads no rows") {
    test::TempDir folder;
    auto database = open(folder / "ledger.db");
    REQUIRE(migrate(database));
    // DeferredSeek is a seek that happens only when a column is asked for; Column would ask.
    const auto program = all_rows(database,
                                  "EXPLAIN SELECT COUNT(*) FROM sendattempts WHERE server='x' AND "
                                  "starttime > '2026-11-22 17:15:00' AND result >= '4' AND result < '5'",
                                  1);
    CAPTURE(program);
    CHECK(program.find("SeekGT\n") != std::string::npos);
    CHECK(program.find("Column\n") == std::string::npos);
}

TEST_CASE("the views show the words of the enumerators, and counted rows") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    Batch batch;
    for (int number = 0; number <= static_cast<int>(mail::Stage::relay); ++number) {
        auto row = test::attempt("mx.test", "2026-11-22 17:00:00", "451 later");
        row.stage = static_cast<mail::Stage>(number);
        row.status = static_cast<mail::Status>(number % 3);
        row.mta = static_cast<mail::Mta>(number / 2 % 2);
        row.mode = static_cast<mail::Mode>(number % 2);
        row.counted = number % 4 != 0;
        batch.attempts.push_back(row);
    }
    REQUIRE(sqlite_store(path)->append(batch));

    auto database = open(path);
    std::string wanted;
    for (const auto& row : batch.attempts)
        wanted += fmt::format("{} {} {} {} {}\n", to_text(row.stage), to_text(row.status), to_text(row.mta),
                              to_text(row.mode), row.counted ? 1 : 0);
    CHECK(all_rows(database,
                   "SELECT stage||' '||status||' '||mta||' '||mode||' '||counted FROM sendattempts_all",
                   0) == wanted);
    CHECK(all_rows(database, "SELECT count(*) FROM sendattempts", 0) == "6\n");
    CHECK(all_rows(database, "SELECT count(*) FROM sendattempts_all", 0) == "9\n");
}

TEST_CASE("the views have the columns of the script contract") {
    test::TempDir folder;
    auto database = open(folder / "ledger.db");
    REQUIRE(migrate(database));
    const std::string wanted =
        "starttime\ninstance\nqueue_"
        "id\nsession\nconnection\nsender\nrecipient\ndomain\nserver\naddress\nport\nresult\n"
        "code\ndsn\nstatus\nstage\nreason\ndelay\nsize\nretries\ntls\nmta\nmode\ncounted\n";
    CHECK(all_rows(database, "SELECT name FROM pragma_table_info('sendattempts')", 0) == wanted);
    CHECK(all_rows(database, "SELECT name FROM pragma_table_info('sendattempts_all')", 0) == wanted);
}

TEST_CASE("migrating") {
    test::TempDir folder;
    auto database = open(folder / "ledger.db");
    REQUIRE(migrate(database));
    SECTION("again changes nothing") {
        REQUIRE(database.exec("INSERT INTO name VALUES(1, 'mx.test', 0)"));
        REQUIRE(migrate(database));
        CHECK(all_rows(database, "SELECT name FROM name", 0) == "mx.test\n");
        CHECK(all_rows(database, "PRAGMA user_version", 0) == fmt::format("{}\n", schema_version()));
    }
    SECTION("a newer database is refused, with what to do") {
        REQUIRE(database.exec(fmt::format("PRAGMA user_version={}", schema_version() + 1)));
        const auto done = migrate(database);
        REQUIRE_FALSE(done);
        CHECK(done.error().text.find("use the newer nexthopd") != std::string::npos);
    }
}
