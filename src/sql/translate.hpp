// PostgreSQL SELECTs of scripts, for SQLite: pure, text in and text out.
//
// Scripts written for VPOP3 ask `outqueue.sendattempts` in PostgreSQL's SQL. Run as it stands, SQLite
// answers much of it with a wrong number (an interval is added as 0, LIKE ignores case, text never equals
// an integer). What is translated here answers as PostgreSQL does, in a session whose time zone is UTC
// and whose text is compared byte by byte (collation "C"); everything else is refused, with its position.
//
// One SELECT over outqueue.sendattempts or sendattempts: no join, subquery, CTE, set operation, DISTINCT.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "sql/lexer.hpp"
#include "sql/select.hpp"

namespace nexthopd::sql {

/// Calls glob, substr, length, lower, upper, coalesce, count, sum, min, max and avg, reads sendattempts.
struct Translated {
    std::string sql;  // independent of the time and of pasted names: the key for prepared statements
    std::vector<std::string> params;   // bound as text to ?1, ?2, ...
    std::vector<std::string> columns;  // names as PostgreSQL gives them, in the order of SQLite's columns
};

/// Booleans are answered as PostgreSQL prints them ('t', 'f'), times as text in UTC.
tl::expected<Translated, SqlError> translate(std::string_view postgres_sql, base::WallTime now);

/// translate() that remembers: SQL that differs from earlier SQL only in texts that are compared (server
/// names) and in the time costs no parsing. Answers exactly what translate() answers.
class Translations {
  public:
    tl::expected<Translated, SqlError> translate(std::string_view postgres_sql, base::WallTime now);

  private:
    struct Shape {
        std::vector<std::size_t> read;                          // which literals decide about the translation
        std::unordered_map<std::string, Statement> statements;  // by the texts of those
    };
    std::unordered_map<std::string, Shape> shapes_;  // by the SQL without the texts of its literals
    std::size_t statements_ = 0;
};

}  // namespace nexthopd::sql
