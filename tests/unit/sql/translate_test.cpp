#include "sql/translate.hpp"

#include <fmt/format.h>

#include "catch.hpp"

using namespace nexthopd;
using sql::translate;

namespace {

using namespace std::chrono_literals;

// 2026-11-22 17:30:00.5
const auto now = base::from_unix_seconds(1795368600) + 500ms;

/// A statement that both languages write alike, but for the condition.
std::string count_where(std::string_view condition) {
    return "SELECT count(*) FROM sendattempts WHERE " + std::string(condition);
}

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

}  // namespace

TEST_CASE("The published example is translated as it stands") {
    const auto done = translate(
        "SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='mx1.example.com' AND starttime > "
        "CURRENT_TIMESTAMP + '-15 MINUTES' AND LEFT(result, 1) = '4'",
        now);
    REQUIRE(done);
    CHECK(done->sql ==
          "SELECT count(*) FROM sendattempts WHERE ((server = ?1) AND (starttime > ?2) AND "
          "(result >= '4' AND result < '5'))");
    CHECK(done->params == std::vector<std::string>{"mx1.example.com", "2026-11-22 17:15:00.5"});
    CHECK(done->columns == std::vector<std::string>{"cnt"});
}

TEST_CASE("Conditions") {
    struct Row {
        const char* in;
        const char* out;
        std::vector<std::string> params;
    };
    const Row rows[] = {
        {"server = 'a''b'", "(server = ?1)", {"a'b"}},
        {"server = '\\'", "(server = ?1)", {"\\"}},
        {"'4' = LEFT(result,1)", "(result >= '4' AND result < '5')", {}},
        {"left(result,1) in ('4','5')", "(substr(result,1,1) IN ('4', '5'))", {}},
        {"substring(result from 1 for 1) = '5'", "(result >= '5' AND result < '6')", {}},
        {"left(result,1) = 'x'", "(substr(result,1,1) = 'x')", {}},
        {"left(result,1) <> '4'", "(substr(result,1,1) <> '4')", {}},
        {"left(result,3) = '421'", "(substr(result,1,3) = ?1)", {"421"}},
        {"status <> 'sent'", "(status <> 'sent')", {}},
        {"status = 'o''x'", "(status = 'o''x')", {}},
        {"RIGHT(server, 4) != '.com'", "(substr(server,-4) <> ?1)", {".com"}},
        {"right(server, 0) = ''", "(substr(server,1,0) = ?1)", {""}},
        {"code = 421", "(code = 421)", {}},
        {"code = '421'", "(code = 421)", {}},
        {"code > -1", "(code > -1)", {}},
        {"code > - 1", "(code > -1)", {}},
        {"code > 0", "(code > 0)", {}},
        {"421 < code", "(code > 421)", {}},
        {"size > 3000000000", "(size > CAST(?1 AS INTEGER))", {"3000000000"}},
        {"delay >= 1.5", "(delay >= 1.5)", {}},
        {"code = NULL", "(code = NULL)", {}},
        {"code BETWEEN 400 AND 499", "(code BETWEEN 400 AND 499)", {}},
        {"code NOT IN (1, '2')", "(code NOT IN (1, 2))", {}},
        {"server LIKE '%.Example.com'", "(server GLOB ?1)", {"*.Example.com"}},
        {"server NOT LIKE 'a_[*]?\\%'", "(server NOT GLOB ?1)", {"a?[[][*]][?]%"}},
        {"server LIKE 'x!%%' ESCAPE '!'", "(server GLOB ?1)", {"x%*"}},
        {"server ILIKE 'MX_%'", "(lower(server) GLOB ?1)", {"mx?*"}},
        {"delay IS NULL OR NOT tls", "((delay IS NULL) OR (NOT tls))", {}},
        {"tls IS NOT TRUE AND counted", "((tls IS NOT TRUE) AND counted)", {}},
        {"coalesce(reason, '') = 'x'", "(coalesce(reason, '') = ?1)", {"x"}},
        {"length(lower(sender)) > 3", "(length(lower(sender)) > 3)", {}},
        {"code::text LIKE '4%'", "(CAST(code AS TEXT) GLOB ?1)", {"4*"}},
        {"LEFT(starttime::text, 10) = '2026-11-22'", "(substr(starttime,1,10) = ?1)", {"2026-11-22"}},
        {"starttime > now()", "(starttime > ?1)", {"2026-11-22 17:30:00.5"}},
        {"starttime >= now() - interval '15 minutes'", "(starttime >= ?1)", {"2026-11-22 17:15:00.5"}},
        {"starttime > LOCALTIMESTAMP - '1 hour'::interval", "(starttime > ?1)", {"2026-11-22 16:30:00.5"}},
        {"starttime > now() + interval '-90 seconds'", "(starttime > ?1)", {"2026-11-22 17:28:30.5"}},
        {"starttime > now() - interval '15' minute", "(starttime > ?1)", {"2026-11-22 17:15:00.5"}},
        {"starttime > interval '-1 day' + now()", "(starttime > ?1)", {"2026-11-21 17:30:00.5"}},
        {"starttime > now() - interval '1.5s'", "(starttime > ?1)", {"2026-11-22 17:29:59"}},
        {"starttime > '2026-11-22'", "(starttime > ?1)", {"2026-11-22 00:00:00"}},
        {"starttime > '2026-11-22T10:00:00Z'::timestamp", "(starttime > ?1)", {"2026-11-22 10:00:00"}},
    };
    for (const auto& row : rows) {
        INFO(row.in);
        const auto done = translate(count_where(row.in), now);
        REQUIRE(done);
        CHECK(done->sql == count_where(row.out));
        CHECK(done->params == row.params);
    }
}

TEST_CASE("Whole statements") {
    struct Row {
        const char* in;
        const char* out;
        std::vector<std::string> columns;
    };
    const Row rows[] = {
        {"select count(*), COUNT(DISTINCT domain), sum(size), left('x',1), 1, code::int, now() from "
         "sendattempts group by code;",
         "SELECT count(*), count(DISTINCT domain), sum(size), substr(?1,1,1), 1, code, ?2 FROM sendattempts "
         "GROUP BY code",
         {"count", "count", "sum", "left", "?column?", "code", "now"}},
        {"SELECT a.server AS \"Who's\", tls FROM outqueue.sendattempts AS a LIMIT 5 OFFSET 2",
         "SELECT server, CASE WHEN tls THEN 't' WHEN NOT tls THEN 'f' END FROM sendattempts LIMIT 5 OFFSET 2",
         {"Who's", "tls"}},
        {"SELECT server, count(*) AS n FROM sendattempts GROUP BY 1 HAVING count(*) > 5 ORDER BY n DESC, "
         "server",
         "SELECT server, count(*) FROM sendattempts GROUP BY server HAVING (count(*) > 5) ORDER BY count(*) "
         "DESC NULLS FIRST, server ASC NULLS LAST",
         {"server", "n"}},
        {"SELECT result FROM sendattempts ORDER BY starttime DESC, code NULLS FIRST OFFSET 1",
         "SELECT result FROM sendattempts ORDER BY starttime DESC, code ASC NULLS FIRST LIMIT -1 OFFSET 1",
         {"result"}},
        {"SELECT upper(LEFT(result,3)) FROM sendattempts GROUP BY LEFT(result,3)",
         "SELECT upper(substr(result,1,3)) FROM sendattempts GROUP BY substr(result,1,3)",
         {"upper"}},
        {"SELECT coalesce(reason,'none') AS why, max(starttime) FROM sendattempts GROUP BY why",
         "SELECT coalesce(reason, 'none'), max(starttime) FROM sendattempts GROUP BY coalesce(reason, "
         "'none')",
         {"why", "max"}},
    };
    for (const auto& row : rows) {
        INFO(row.in);
        const auto done = translate(row.in, now);
        REQUIRE(done);
        CHECK(done->sql == row.out);
        CHECK(done->columns == row.columns);
    }
    const auto all = translate("SELECT * FROM sendattempts", now);
    REQUIRE(all);
    CHECK(all->columns.size() == 24);
    CHECK(all->columns.front() == "starttime");
    CHECK(all->columns.back() == "counted");
}

TEST_CASE("What is refused, where, and what to write instead") {
    struct Row {
        const char* condition;  // after WHERE; the position counts from there
        std::size_t position;
        const char* text;
    };
    const Row rows[] = {
        {"LEFT(result,1) = 4", 17, "in quotes"},
        {"code = 'abc'", 7, "not an integer"},
        {"code = '4.5'", 7, "not an integer"},
        {"sever = 'x'", 0, "did you mean server?"},
        {"server = \"mx1\"", 9, "single quotes"},
        {"b.server = 'x'", 0, "sendattempts.server"},
        {"tls = 1", 6, "boolean is compared with integer"},
        {"code", 0, "write a comparison"},
        {"starttime > server", 12, "same type"},
        {"starttime > 'yesterday'", 12, "not a time"},
        {"starttime > '2026-02-30'", 12, "not a time"},
        {"starttime > '2026-11-22 10:00:00+02'", 12, "not a time"},
        {"starttime > now() - '15 minutes'", 20, "write interval '15 minutes'"},
        {"starttime > now() + '1 month'", 20, "without months"},
        {"starttime > now() + '99999 weeks'", 20, "up to 100 years"},
        {"starttime + interval '15 min' > now()", 10, "starttime > now() - interval"},
        {"now() - starttime < interval '1 hour'", 8, "interval is needed"},
        {"starttime > interval '1 hour'", 21, "interval"},
        {"code + 1 > 5", 5, "compute it in Lua"},
        {"code / 100 = 4", 5, "operator / "},
        {"code = 2.5::int", 10, "PostgreSQL rounds"},
        {"result::int = 4", 6, "column code"},
        {"delay::text = '1'", 5, "leave the cast out"},
        {"result::varchar(3) = '421'", 6, "LEFT(x, n)"},
        {"delay > 1e3", 8, "without exponent"},
        {"delay > 0.1234567890123456", 8, "15 digits"},
        {"size > 99999999999999999999", 7, "15 digits"},
        {"LEFT(code, 1) = '4'", 5, "left(...::text)"},
        {"LEFT(result, -1) = '4'", 13, "from 0"},
        {"substring(result from '4..') = '4'", 22, "constant number"},
        {"code LIKE '4%'", 0, "::text LIKE"},
        {"server LIKE domain", 12, "text in quotes"},
        {"server LIKE 'x\\'", 12, "escape character"},
        {"server ILIKE '%ü%'", 13, "ASCII"},
        {"server ~ 'mx'", 7, "write LIKE"},
        {"server = ANY('{a}')", 7, "IN (...)"},
        {"server IN (SELECT domain FROM sendattempts)", 7, "subquery"},
        {"count(*) > 5", 0, "HAVING"},
        {"pg_sleep(10) IS NULL", 0, "no function pg_sleep()"},
        {"lenght(server) = 1", 0, "length() is near"},
        {"evil.left(server,1) = 'a'", 0, "without a schema"},
        {"true; DROP TABLE sendattempts", 5, "second statement"},
        {"server = E'a\\'b'", 9, "plain '...'"},
        {"server = U&'\\0041'", 9, "plain '...'"},
        {"server = 1e'x'", 10, "plain '...'"},
        {"server = $$a$$", 9, "$ is not supported"},
        {"server = $1", 9, "$ is not supported"},
        {"server = 'a'\n'b'", 9, "write it as one"},
        {"server = 'x", 9, "does not end"},
        {"tls /* a /* b */ */", 9, "within a comment"},
        {"tls /* a", 4, "does not end"},
        {"(tls", 4, "missing"},
        {"tls)", 3, "no opening"},
        {"server = 'ü' AND AND tls", 18, "syntax error at or near \"AND\""},
        {"tls GROUP BY server HAVING code > 1", 27, "GROUP BY"},
    };
    const auto before = count_where("").size();
    for (const auto& row : rows) {
        INFO(row.condition);
        const auto done = translate(count_where(row.condition), now);
        REQUIRE_FALSE(done);
        INFO(done.error().text);
        CHECK(done.error().position - before == row.position);
        CHECK(done.error().text.find(row.text) != std::string::npos);
    }
}

TEST_CASE("Statements that are refused") {
    const std::pair<std::string, std::size_t> rows[] = {
        {"", 0},
        {"SELEC 1", 0},
        {"DELETE FROM sendattempts", 0},
        {"EXPLAIN SELECT 1", 0},
        {"SELECT 1", 0},
        {"SELECT 1 FROM users", 14},
        {"SELECT 1 FROM public.sendattempts", 14},
        {"SELECT 1 FROM sendattempts, sendattempts b", 14},
        {"SELECT 1 FROM sendattempts a JOIN sendattempts b ON true", 0},
        {"SELECT DISTINCT server FROM sendattempts", 0},
        {"SELECT 1 FROM sendattempts UNION SELECT 2 FROM sendattempts", 0},
        {"WITH a AS (SELECT 1) SELECT 1 FROM sendattempts", 0},
        {"SELECT 1 INTO x FROM sendattempts", 0},
        {"SELECT 1 FROM sendattempts FOR UPDATE", 0},
        {"SELECT sum(code) OVER () FROM sendattempts", 7},
        {"SELECT count(*) FILTER (WHERE tls) FROM sendattempts", 7},
        {"SELECT server, count(*) FROM sendattempts", 7},
        {"SELECT count(*), coalesce(domain, server) FROM sendattempts GROUP BY domain", 34},
        {"SELECT count(*) FROM sendattempts GROUP BY domain ORDER BY server", 59},
        {"SELECT sum(server) FROM sendattempts", 11},
        {"SELECT sum(max(code)) FROM sendattempts", 11},
        {"SELECT server FROM sendattempts LIMIT -1", 38},
        {"SELECT server FROM sendattempts ORDER BY 2", 41},
        {"SELECT 7 AS x FROM sendattempts ORDER BY x", 41},
        {"SELECT " + repeated("*,", 20) + "1 FROM sendattempts", 23},
        {"SELECT 1 FROM sendattempts WHERE " + repeated("(", 1000) + "tls" + repeated(")", 1000), 83},
        {"SELECT 1 FROM sendattempts WHERE " + repeated("NOT ", 400) + "tls", 233},
        {"SELECT 1 FROM sendattempts WHERE " + repeated("tls AND ", 600) + "tls", 0},
        {count_where("server = '" + std::string(17000, 'x') + "'"), 16384},
        {std::string("SELECT 1\0 FROM sendattempts", 27), 8},
        {"SELECT '\xff' FROM sendattempts", 0},
        {count_where("server LIKE '" + std::string(65, 'x') + "'"), 52},
    };
    for (const auto& [sql, position] : rows) {
        INFO(sql.substr(0, 100));
        const auto done = translate(sql, now);
        REQUIRE_FALSE(done);
        INFO(done.error().text);
        if (position != 0) CHECK(done.error().position == position);
        CHECK(done.error().text.size() < 400);
    }
}

TEST_CASE("A pasted name stays a value, or the statement is refused") {
    const char* names[] = {"x' OR '1'='1",
                           "'; DROP TABLE sendattempts; --",
                           "x'/*",
                           "\\' OR 1=1 --",
                           "''",
                           "'",
                           "x\" OR \"1\"=\"1",
                           "$$",
                           "x' UNION SELECT sender FROM sendattempts --"};
    for (const std::string name : names) {
        INFO(name);
        // Pasted as it is: what comes out may at most be another condition on the one table.
        if (const auto pasted = translate(count_where("server = '" + name + "' AND tls"), now))
            CHECK(pasted->sql.find(count_where("")) == 0);
        std::string doubled;
        for (const char c : name)
            doubled += c == '\'' ? std::string("''") : std::string(1, c);
        const auto escaped = translate(count_where("server = '" + doubled + "'"), now);
        REQUIRE(escaped);
        CHECK(escaped->params == std::vector<std::string>{name});
    }
}

TEST_CASE("What is remembered answers as what is translated anew") {
    sql::Translations remembered;
    const char* servers[] = {"a", "b", "it''s", "", "a"};
    const char* classes[] = {"4", "5", "a text that is too long to stand in the SQL", "4"};
    const char* spans[] = {"-15 MINUTES", "-1 hour", "nonsense", "-15 MINUTES"};
    for (const auto* server : servers)
        for (const auto* left : classes)
            for (const auto* right : classes)
                for (const auto* span : spans) {
                    const auto sql =
                        count_where(fmt::format("server = '{}' AND (LEFT(result,1) = '{}' OR status = '{}') "
                                                "AND starttime > now() + '{}'",
                                                server, left, right, span));
                    INFO(sql);
                    const auto later = now + 3s;
                    const auto wanted = translate(sql, later);
                    const auto got = remembered.translate(sql, later);
                    REQUIRE(wanted.has_value() == got.has_value());
                    if (!wanted) continue;
                    CHECK(wanted->sql == got->sql);
                    CHECK(wanted->params == got->params);
                    CHECK(wanted->columns == got->columns);
                }
}

TEST_CASE("The SQL text is the same for other servers and seconds") {
    const auto at = [](const char* server, base::WallTime time) {
        return translate(count_where(
                             fmt::format("server = '{}' AND starttime >= now() - interval '1 hour'", server)),
                         time)
            ->sql;
    };
    CHECK(at("a", now) == at("a much longer name than that", now + 1234567us));
}
