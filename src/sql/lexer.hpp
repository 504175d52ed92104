// A first look at the SQL of a script, before PostgreSQL's parser sees it: bounds, and where its literals
// are.
//
// Scripts paste names into SQL that a stranger chose, so the text is hostile. PostgreSQL's parser needs
// 0.3 s for 16 KiB of nested comments, 28 ms for 8 000 minus signs, and recurses as deep as its tree.
// What this scan lets through costs it some milliseconds at most, and it reads every literal as PostgreSQL
// does.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace nexthopd::sql {

/// Why a script's SQL is refused. The text says what to write instead, without a full stop.
struct SqlError {
    std::string text;
    std::size_t position;  // byte offset in the script's SQL
};

constexpr std::size_t max_sql_bytes = 16 * 1024;  // what the ledger's connection takes as well
constexpr std::size_t max_sql_tokens = 500;       // an IN list of 240; with it no statement costs 2 ms
constexpr std::size_t max_sql_nesting = 50;       // parentheses within parentheses; nodes within nodes

struct Literal {
    std::size_t position;  // of the opening quote
    std::string text;      // what it stands for: a doubled quote is one
};

struct LexedSql {
    std::string shape;  // the SQL with every literal emptied to ''
    std::vector<Literal> literals;
};

/// Refuses what is too long or too deep, text that is not UTF-8, and literals other than '...'
/// (E'', U&'', B'', X'', N'', $$), whose reading depends on more than a quote.
tl::expected<LexedSql, SqlError> lex_postgres(std::string_view sql);

}  // namespace nexthopd::sql
