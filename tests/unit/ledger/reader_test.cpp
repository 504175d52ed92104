#include "ledger/reader.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "catch.hpp"
#include "ledger/rows.hpp"
#include "ledger/store_sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::ledger;
using test::attempt;
using Kind = QueryError::Kind;

namespace {

const QueryLimits generous{std::chrono::seconds(20), 1'000, 1'000'000};

struct Fixture {
    Fixture() {
        store = sqlite_store(path);
        REQUIRE(store->append({{attempt("mx1.test", "2026-11-22 17:00:00", "451 4.7.1 later"),
                                attempt("mx1.test", "2026-11-22 17:00:01", "450 4.2.0 Full"),
                                attempt("mx1.test", "2026-11-22 17:00:01", "450 not counted", false),
                                attempt("mx2.test", "2026-11-22 17:00:02", "250 ok")},
                               {},
                               {},
                               {}}));
    }
    std::string first(const std::string& sql, const std::vector<Parameter>& parameters = {}) {
        const auto rows = reader.run(sql, parameters, generous);
        INFO(sql);
        INFO((rows ? "" : rows.error().text));
        REQUIRE(rows);
        REQUIRE(rows->rows.size() == 1);
        return rows->rows[0][0].value_or("NULL");
    }
    test::TempDir folder;
    const std::string path = folder / "ledger.db";
    std::unique_ptr<Store> store;
    Reader reader{path};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what scripts may ask") {
    struct Row {
        const char* sql;
        std::vector<Parameter> parameters;
        const char* wanted;
    };
    const std::vector<Row> rows{
        {"SELECT COUNT(*) AS cnt FROM sendattempts WHERE server='mx1.test' AND starttime > '2026-11-22 "
         "16:50:00' AND "
         "substr(result,1,1)='4'",
         {},
         "2"},
        {"SELECT count(*) FROM sendattempts WHERE server=?1 AND starttime>?2",
         {std::string("mx1.test"), std::string("2026-11-22 17:00:00")},
         "1"},
        {"SELECT count(*) FROM sendattempts_all", {}, "4"},
        {"SELECT max(port) + ?1 FROM sendattempts", {std::int64_t{5}}, "30"},
        {"SELECT ?1 FROM sendattempts LIMIT 1", {1.5}, "1.5"},
        {"SELECT ?1 FROM sendattempts LIMIT 1", {0.1}, "0.1"},
        {"SELECT ?1 FROM sendattempts LIMIT 1", {0.1 + 0.2}, "0.30000000000000004"},
        {"SELECT ?1 FROM sendattempts LIMIT 1", {std::monostate{}}, "NULL"},
        {"SELECT code FROM sendattempts LIMIT 1", {}, "NULL"},
        {"SELECT count(*) FROM (SELECT DISTINCT server FROM sendattempts)", {}, "2"},
        {"SELECT a.domain FROM sendattempts AS a JOIN sendattempts AS b ON a.starttime=b.starttime GROUP BY "
         "1",
         {},
         "one.test"},
        {"WITH x AS (SELECT * FROM sendattempts) SELECT count(*) FROM x;", {}, "3"},
        {"SELECT count(*) FROM sendattempts WHERE result GLOB '*Full' AND lower(result) LIKE '%full'",
         {},
         "1"},
        {"SELECT coalesce(sum(size), 0) FROM sendattempts WHERE status <> 'sent'", {}, "0"},
    };
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.sql) {
            CHECK(first(row.sql, row.parameters) == row.wanted);
        }
    }
}

TEST_CASE_METHOD(Fixture, "what scripts may not do") {
    const std::string rows[] = {
        "SELECT count(*) FROM hold",
        "SELECT cells FROM rollup",
        "SELECT id FROM attempt",
        "SELECT name FROM name",
        "SELECT * FROM hold",
        "WITH sendattempts AS (SELECT * FROM hold) SELECT * FROM sendattempts",
        "SELECT offset FROM followed",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM pragma_table_info('attempt')",
        "SELECT * FROM (SELECT * FROM attempt)",
        "WITH x AS (SELECT * FROM attempt) SELECT * FROM x",
        "SELECT (SELECT max(id) FROM attempt) FROM sendattempts",
        "SELECT max(attempt.id) FROM sendattempts, attempt",
        "INSERT INTO meta VALUES('a','b')",
        "DELETE FROM sendattempts",
        "UPDATE attempt SET result=''",
        "DROP VIEW sendattempts",
        "CREATE TABLE x(y)",
        "CREATE TEMP TABLE x(y)",
        "PRAGMA user_version",
        "PRAGMA cache_size=1000000",
        "ATTACH ':memory:' AS x",
        "VACUUM",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT x",
        "SELECT load_extension('x')",
        "SELECT randomblob(1000)",
        "SELECT hex(zeroblob(400000))",
        "SELECT printf('%*d', 900000, 1)",
        "SELECT sqlite_version()",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE attempt",
        "",
        ";",
        "-- nothing",
        "SELECT \"no such column\" FROM sendattempts",
        "SELECT nothing FROM sendattempts",
        "SELEC 1",
        std::string("SELECT 1\0 FROM attempt", 22),
        "SELECT '" + std::string(17'000, 'x') + "'",
        "SELECT count(*) FROM sendattempts WHERE result LIKE '" + std::string(65, '%') + "'",
        "SELECT ?1",
        "SELECT server FROM sendattempts WHERE server=?3",
    };
    for (const auto& sql : rows) {
        DYNAMIC_SECTION(sql.substr(0, 80)) {
            const auto done = reader.run(sql, {}, generous);
            REQUIRE_FALSE(done);
            CHECK(done.error().kind == Kind::refused);
            CHECK_FALSE(done.error().text.empty());
        }
    }
    CHECK(first("SELECT count(*) FROM sendattempts") == "3");
}

TEST_CASE_METHOD(Fixture, "columns are named, texts with zero bytes and quotes stay whole") {
    const auto rows = reader.run("SELECT ?1 AS odd, server FROM sendattempts WHERE server='mx2.test'",
                                 {std::string("a'\"\\\0b", 6)}, generous);
    REQUIRE(rows);
    CHECK(rows->columns == std::vector<std::string>{"odd", "server"});
    REQUIRE(rows->rows.size() == 1);
    CHECK(rows->rows[0][0] == std::string("a'\"\\\0b", 6));
    CHECK(rows->rows[0][1] == "mx2.test");
}

TEST_CASE_METHOD(Fixture, "limits") {
    SECTION("time: interrupted is told apart, and the reader goes on") {
        const auto slow =
            "SELECT count(*) FROM sendattempts AS a, sendattempts AS b, sendattempts AS c, "
            "sendattempts AS d, sendattempts AS e, sendattempts AS f, sendattempts AS g, "
            "sendattempts AS h, sendattempts AS i, sendattempts AS j, sendattempts AS k, "
            "sendattempts AS l, sendattempts AS m, sendattempts AS n, sendattempts AS o "
            "WHERE a.port + o.port < 0";
        const auto begun = std::chrono::steady_clock::now();
        const auto done = reader.run(slow, {}, {std::chrono::milliseconds(5), 10, 1'000});
        const auto took = std::chrono::steady_clock::now() - begun;
        REQUIRE_FALSE(done);
        CHECK(done.error().kind == Kind::interrupted);
        CHECK(took < std::chrono::seconds(2));  // without the limit: 3^15 rows
        CHECK(first("SELECT count(*) FROM sendattempts") == "3");
    }
    SECTION("rows") {
        CHECK(reader.run("SELECT server FROM sendattempts", {}, {std::chrono::seconds(20), 3, 1'000}));
        const auto done =
            reader.run("SELECT server FROM sendattempts", {}, {std::chrono::seconds(20), 2, 1'000});
        REQUIRE_FALSE(done);
        CHECK(done.error().kind == Kind::refused);
        CHECK(done.error().text == "more than 2 rows; add a LIMIT");
    }
    SECTION("bytes") {
        CHECK(reader.run("SELECT server FROM sendattempts", {}, {std::chrono::seconds(20), 10, 24}));
        const auto done =
            reader.run("SELECT server FROM sendattempts", {}, {std::chrono::seconds(20), 10, 23});
        REQUIRE_FALSE(done);
        CHECK(done.error().kind == Kind::refused);
    }
    SECTION("size of a value") {
        const auto done = reader.run("SELECT ?1 || ?1", {std::string(600'000, 'x')}, generous);
        REQUIRE_FALSE(done);
        CHECK(done.error().kind == Kind::refused);
        CHECK_FALSE(reader.run("SELECT ?1", {std::string(1'100'000, 'x')}, generous));
        CHECK(first("SELECT count(*) FROM sendattempts") == "3");
    }
}

TEST_CASE_METHOD(Fixture, "a read transaction sees one state") {
    reader.begin();
    CHECK(first("SELECT count(*) FROM sendattempts") == "3");
    REQUIRE(store->append({{attempt("mx3.test", "2026-11-22 17:00:03", "250 ok")}, {}, {}, {}}));
    CHECK(first("SELECT count(*) FROM sendattempts") == "3");
    reader.end();
    CHECK(first("SELECT count(*) FROM sendattempts") == "4");
    reader.end();  // without begin()
    CHECK(first("SELECT count(*) FROM sendattempts") == "4");
}

TEST_CASE_METHOD(Fixture, "more statements than are kept") {
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 100; ++i)
            CHECK(first(fmt::format("SELECT {} FROM sendattempts LIMIT 1", i)) == std::to_string(i));
}

TEST_CASE("without a database") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    Reader reader(path);
    reader.begin();
    const auto done = reader.run("SELECT count(*) FROM sendattempts", {}, generous);
    reader.end();
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == Kind::failed);
    CHECK_FALSE(std::filesystem::exists(path));

    REQUIRE(sqlite_store(path)->load_holds());
    CHECK(reader.run("SELECT count(*) FROM sendattempts", {}, generous));
}
