// What SQLite answers to the translated SQL, compared with what PostgreSQL 15 answered over the same rows.
#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>

#include "catch.hpp"
#include "sql/translate.hpp"

using namespace nexthopd;

namespace {

using namespace std::chrono_literals;

const auto second = base::from_unix_seconds(1795368600);  // 2026-11-22 17:30:00
const auto now = second + 500ms;

struct Attempt {
    int ago;  // seconds before `second`
    const char* server;
    const char* result;  // null: NULL, as everywhere here
    const char* code;
    const char* delay;
    const char* retries;
    int tls;
    const char* status;
};

constexpr Attempt attempts[] = {
    {10, "mx1", "421 busy", "421", "0.5", "0", 1, "deferred"},
    {60, "mx1", "450 4.2.0 Greylisted", "450", "1", "1", 1, "deferred"},
    {899, "mx1", "451 later", "451", "1.5", "2", 0, "deferred"},
    {900, "mx1", "451 later", "451", "2", "3", 0, "deferred"},
    {901, "mx1", "421 busy", "421", nullptr, nullptr, 0, "deferred"},
    {3600, "mx1", "421 busy", "421", "3", "4", 1, "deferred"},
    {86400, "mx1", "450 old", "450", "4", "5", 1, "deferred"},
    {30, "mx1", "250 ok", "250", "0.1", "0", 1, "sent"},
    {31, "mx1", "250 OK", "250", "0.2", "0", 1, "sent"},
    {32, "mx1", "550 no such user", "550", "0.3", "0", 1, "bounced"},
    {10, "MX1", "421 busy", "421", "0.5", "1", 1, "deferred"},
    {20, "MX1", "250 ok", "250", "0.5", "1", 1, "sent"},
    {10, "mx2", "4.4.1 timed out", nullptr, "30", "1", 0, "deferred"},
    {70, "mx2", "4.4.1 timed out", nullptr, "30", "2", 0, "deferred"},
    {80, "mx2", "554 refused", "554", "1", "0", 0, "bounced"},
    {3599, "mx2", "250 ok", "250", "1", "0", 0, "sent"},
    {3601, "mx2", "250 ok", "250", "1", "0", 0, "sent"},
    {7200, "mx2", "421 Greylisted", "421", "1", "7", 0, "deferred"},
    {5, "m%x", "250 ok", "250", "1", "0", 1, "sent"},
    {5, "m_x", "250 ok", "250", "1", "0", 1, "sent"},
    {5, "m*x", "250 ok", "250", "1", "0", 1, "sent"},
    {5, "m[x", "250 ok", "250", "1", "0", 1, "sent"},
    {5, "m\\x", "250 ok", "250", "1", "0", 1, "sent"},
    {5, "mzx", "250 ok", "250", "1", "0", 1, "sent"},
    {5, "it's", "250 ok", "250", "1", "0", 1, "sent"},
    {5, "müx", "250 ok", "250", "1", "0", 1, "sent"},
    {0, "now", "4", "400", "1", "9", 1, "deferred"},
    {-1, "later", "4", "400", "1", "9", 1, "deferred"},
    {6, "none", nullptr, nullptr, nullptr, nullptr, 0, "deferred"},
    {7, "none", "", "0", "0", "0", 0, "deferred"},
};

struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Prepared = std::unique_ptr<sqlite3_stmt, Close>;

Prepared prepare(sqlite3* db, const std::string& sql, const std::vector<std::string>& params) {
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr);
    Prepared statement(raw);
    UNSCOPED_INFO(sql << ": " << sqlite3_errmsg(db));
    REQUIRE(raw);
    REQUIRE(sqlite3_bind_parameter_count(raw) == static_cast<int>(params.size()));
    for (std::size_t i = 0; i < params.size(); ++i)
        sqlite3_bind_text(raw, static_cast<int>(i) + 1, params[i].c_str(), static_cast<int>(params[i].size()),
                          SQLITE_TRANSIENT);
    return statement;
}

/// Columns joined by '|', rows by a blank, NULL as "-".
std::string run(sqlite3* db, const std::string& sql, const std::vector<std::string>& params) {
    const auto statement = prepare(db, sql, params);
    std::string out;
    while (sqlite3_step(statement.get()) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), i));
            out += i > 0 ? "|" : out.empty() ? "" : " ";
            out += text ? text : "-";
        }
    }
    return out;
}

Database ledger() {
    sqlite3* raw = nullptr;
    sqlite3_open(":memory:", &raw);
    Database db(raw);
    run(raw,
        "CREATE TABLE sendattempts (starttime TEXT, server TEXT, result TEXT, code INTEGER, delay REAL, "
        "retries "
        "INTEGER, tls INTEGER, status TEXT)",
        {});
    run(raw, "CREATE INDEX attempt_4 ON sendattempts (server, starttime) WHERE result>='4' AND result<'5'", {});
    for (const auto& a : attempts) {
        const auto text = [](const char* value) {
            return value ? sql::sqlite_text(value) : std::string("NULL");
        };
        run(raw,
            fmt::format("INSERT INTO sendattempts VALUES ('{}', {}, {}, {}, {}, {}, {}, '{}')",
                        base::ledger_time(second - std::chrono::seconds(a.ago)), text(a.server),
                        text(a.result), text(a.code), text(a.delay), text(a.retries), a.tls, a.status),
            {});
    }
    return db;
}

}  // namespace

TEST_CASE("Translated conditions count what PostgreSQL counts") {
    const auto db = ledger();
    const std::pair<const char*, int> rows[] = {
        {"true", 30},
        // The published example: 421, 450, 451 of the last 15 minutes; the row at exactly 15:00 is older
        // than now minus 15 minutes, which is half a second later.
        {"server='mx1' AND starttime > CURRENT_TIMESTAMP + '-15 MINUTES' AND LEFT(result, 1) = '4'", 3},
        {"server='mx1' AND starttime >= now() - interval '15 minutes' AND LEFT(result, 1) = '4'", 3},
        {"server='mx1' AND starttime > now() - interval '15 minutes 1 second' AND LEFT(result, 1) = '4'", 4},
        {"server='mx1' AND starttime < now() - interval '15 minutes'", 4},
        {"server='mx1' AND starttime <= now() - interval '15 minutes 0.5 seconds'", 4},
        {"server='mx1' AND starttime > now() - interval '15 minutes 0.5 seconds'", 6},
        {"server='mx1' AND starttime = now() - interval '15 minutes'", 0},
        {"server='mx1' AND starttime <> now() - interval '15 minutes'", 10},
        {"starttime > now()", 1},
        {"starttime <= now()", 29},
        {"starttime BETWEEN now() - interval '6.5 seconds' AND now()", 10},
        {"starttime > '2026-11-22 17:29:59'", 2},
        {"starttime >= '2026-11-22 17:30'", 2},
        {"starttime < '2026-11-22'", 1},
        {"server = 'MX1'", 2},
        {"server LIKE 'mx1'", 10},
        {"server ILIKE 'mx1'", 12},
        {"server LIKE 'm%x'", 7},
        {"server LIKE 'm_x'", 7},
        {"server LIKE 'm\\%x'", 1},
        {"server LIKE 'm\\_x'", 1},
        {"server LIKE 'm*x'", 1},
        {"server LIKE 'm[x'", 1},
        {"server LIKE 'm\\\\x'", 1},
        {"server LIKE 'm!%x' ESCAPE '!'", 1},
        {"server NOT LIKE 'm%'", 7},
        {"server = 'it''s'", 1},
        {"result LIKE '%greylisted'", 0},
        {"result ILIKE '%greylisted'", 2},
        {"result LIKE '%OK'", 1},
        {"result NOT LIKE '%'", 0},
        {"LEFT(result, 1) = '4'", 13},
        {"LEFT(result, 1) <> '4'", 16},
        {"LEFT(result, 1) IN ('4', '5')", 15},
        {"NOT (LEFT(result, 1) = '4')", 16},
        {"LEFT(result, 0) = ''", 29},
        {"RIGHT(server, 1) = 'x'", 7},
        {"RIGHT(server, 0) = ''", 30},
        {"RIGHT(server, 100) = 'mx2'", 6},
        {"substring(result from 5 for 4) = 'busy'", 4},
        {"length(server) = 3", 26},
        {"upper(server) = 'MX1'", 12},
        {"code = 0", 1},
        {"code > -1", 27},
        {"code BETWEEN 400 AND 499", 11},
        {"code IS NULL", 3},
        {"code = NULL", 0},
        {"code NOT IN (250, NULL)", 0},
        {"code IN (250, NULL)", 13},
        {"coalesce(code, 421) = 421", 8},
        {"code::text LIKE '45%'", 4},
        {"delay > 1.5", 5},
        {"delay = 0.1", 1},
        {"delay < '0.3'", 3},
        {"tls", 19},
        {"NOT tls", 11},
        {"tls = 'f'", 11},
        {"(code > 400) IS NOT TRUE", 19},
        {"(code > 400) IS NULL", 3},
        {"retries > 4 OR retries IS NULL", 6},
        {"status <> 'sent' AND tls", 8},
    };
    for (const auto& [condition, wanted] : rows) {
        INFO(condition);
        const auto done =
            sql::translate("SELECT count(*) FROM sendattempts WHERE " + std::string(condition), now);
        REQUIRE(done);
        CHECK(run(db.get(), done->sql, done->params) == std::to_string(wanted));
    }
}

TEST_CASE("Translated statements answer what PostgreSQL answers") {
    const auto db = ledger();
    const std::pair<const char*, const char*> rows[] = {
        {"SELECT server, count(*) AS n FROM sendattempts GROUP BY server HAVING count(*) > 1 ORDER BY n "
         "DESC, 1",
         "mx1|10 mx2|6 MX1|2 none|2"},
        {"SELECT count(code), count(DISTINCT code), min(code), max(code), sum(retries) FROM sendattempts",
         "27|8|0|554|45"},
        {"SELECT avg(retries) FROM sendattempts WHERE server = 'mx2'", "1.66666666666667"},
        {"SELECT sum(code) FROM sendattempts WHERE server = 'nobody'", "-"},
        {"SELECT retries FROM sendattempts WHERE server = 'none' ORDER BY retries", "0 -"},
        {"SELECT retries FROM sendattempts WHERE server = 'none' ORDER BY retries DESC", "- 0"},
        {"SELECT retries FROM sendattempts WHERE server = 'none' ORDER BY retries NULLS FIRST", "- 0"},
        {"SELECT code FROM sendattempts WHERE server = 'mx1' ORDER BY starttime DESC LIMIT 2 OFFSET 1",
         "250 250"},
        {"SELECT tls, count(*) FROM sendattempts GROUP BY tls ORDER BY tls", "f|11 t|19"},
        {"SELECT tls AND code > 1 FROM sendattempts WHERE server = 'none' ORDER BY code", "f f"},
        {"SELECT max(starttime) FROM sendattempts WHERE server = 'mx1'", "2026-11-22 17:29:50"},
        {"SELECT now(), 'it''s', 1.5 FROM sendattempts LIMIT 1", "2026-11-22 17:30:00.5|it's|1.5"},
        {"SELECT LEFT(result, 1) AS class, count(*) FROM sendattempts WHERE server IN ('mx1', 'mx2') GROUP "
         "BY class "
         "ORDER BY class",
         "2|4 4|10 5|2"},
    };
    for (const auto& [sql, wanted] : rows) {
        INFO(sql);
        const auto done = sql::translate(sql, now);
        REQUIRE(done);
        CHECK(run(db.get(), done->sql, done->params) == wanted);
    }
}

TEST_CASE("The published example uses the partial index of its class") {
    const auto db = ledger();
    for (const char* condition :
         {"LEFT(result, 1) = '4'", "'4' = left(result,1)", "substr(result, 1, 1) = '4'"}) {
        const auto done = sql::translate(
            "SELECT count(*) FROM sendattempts WHERE server='mx1' AND starttime > "
            "now() + '-15 MINUTES' AND " +
                std::string(condition),
            now);
        REQUIRE(done);
        const auto plan = run(db.get(), "EXPLAIN QUERY PLAN " + done->sql, done->params);
        CHECK(plan.find("INDEX attempt_4 (server=? AND starttime>?)") != std::string::npos);
    }
}
