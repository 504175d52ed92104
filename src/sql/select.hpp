// One SELECT of PostgreSQL's tree as SQLite text.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "sql/value.hpp"

namespace nexthopd::sql {

struct Statement {
    std::string sql;
    std::vector<std::string> columns;  // names as PostgreSQL gives them
    std::vector<Parameter> parameters;
    std::vector<std::size_t> read;  // literals whose text decided about `sql` or `parameters`: which ones
                                    // they are depends on LexedSql::shape alone
};

/// `sql` and what lex_postgres found in it.
tl::expected<Statement, SqlError> compile_select(std::string_view sql, const LexedSql& lexed);

}  // namespace nexthopd::sql
