#include "sql/translate.hpp"

namespace nexthopd::sql {

namespace {

// A script has a handful of statements; one that pastes numbers or patterns makes new ones all the time,
// and pays for parsing.
constexpr std::size_t max_statements = 256;

Translated bound(const Statement& statement, const LexedSql& lexed, base::WallTime now) {
    Translated out{statement.sql, {}, statement.columns};
    out.params.reserve(statement.parameters.size());
    for (const auto& parameter : statement.parameters) {
        if (const auto* text = std::get_if<std::string>(&parameter))
            out.params.push_back(*text);
        else if (const auto* literal = std::get_if<LiteralIndex>(&parameter))
            out.params.push_back(lexed.literals[literal->index].text);
        else
            out.params.push_back(boundary_text(now + std::get<Microseconds>(parameter)));
    }
    return out;
}

std::string key_of(const std::vector<std::size_t>& read, const LexedSql& lexed) {
    std::string key;
    for (const auto index : read) {
        key += lexed.literals[index].text;
        key += '\0';  // no literal contains it
    }
    return key;
}

}  // namespace

tl::expected<Translated, SqlError> translate(std::string_view postgres_sql, base::WallTime now) {
    const auto lexed = lex_postgres(postgres_sql);
    if (!lexed) return tl::unexpected(lexed.error());
    const auto statement = compile_select(postgres_sql, *lexed);
    if (!statement) return tl::unexpected(statement.error());
    return bound(*statement, *lexed, now);
}

tl::expected<Translated, SqlError> Translations::translate(std::string_view postgres_sql,
                                                           base::WallTime now) {
    const auto lexed = lex_postgres(postgres_sql);
    if (!lexed) return tl::unexpected(lexed.error());
    if (const auto shape = shapes_.find(lexed->shape); shape != shapes_.end()) {
        const auto known = shape->second.statements.find(key_of(shape->second.read, *lexed));
        if (known != shape->second.statements.end()) return bound(known->second, *lexed, now);
    }
    auto statement = compile_select(postgres_sql, *lexed);
    if (!statement) return tl::unexpected(std::move(statement.error()));
    auto out = bound(*statement, *lexed, now);
    if (statements_ == max_statements) {
        shapes_.clear();
        statements_ = 0;
    }
    auto& shape = shapes_[lexed->shape];
    shape.read = statement->read;
    shape.statements.emplace(key_of(shape.read, *lexed), std::move(*statement));
    ++statements_;
    return out;
}

}  // namespace nexthopd::sql
