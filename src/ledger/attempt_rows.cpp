#include "ledger/attempt_rows.hpp"

#include <string_view>
#include <utility>

namespace nexthopd::ledger {

namespace {

using base::Result;

constexpr int columns = 24;

// OR ROLLBACK: with the usual OR ABORT a statement of several rows keeps a copy of every page that it
// changes, in a temporary file.
std::string insert_rows(std::size_t rows) {
    std::string sql =
        "INSERT OR ROLLBACK INTO attempt(starttime, server, counted, result, status, stage, domain, "
        "recipient, "
        "queue_id, instance, connection, session, sender, address, port, code, dsn, reason, delay, size, "
        "retries, tls, mode, mta) VALUES";
    for (std::size_t row = 0; row < rows; ++row)
        sql += row == 0 ? "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                        : ",(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    return sql;
}

/// Binds the columns of one row, whose first parameter is `first`.
Result<void> bind_row(Statement& statement, int first, const mail::Attempt& attempt,
                      std::string_view starttime, const Database& database, Names& names) {
    const auto day = Names::day_of(attempt.time);
    Result<void> named;
    const auto name = [&](std::string_view text) -> std::optional<std::int64_t> {
        if (!named) return std::nullopt;
        const auto id = names.id(database, text, day);
        if (id) return *id;
        named = tl::unexpected(id.error());
        return std::nullopt;
    };
    const auto name_or_null = [&](std::string_view text) {
        return text.empty() ? std::optional<std::int64_t>() : name(text);
    };
    int next = first;
    const auto bind = [&](const auto& value) { statement.bind(next++, value); };
    bind(starttime);
    bind(name(attempt.server));
    bind(std::int64_t{attempt.counted});
    bind(attempt.result);
    bind(static_cast<std::int64_t>(attempt.status));
    bind(static_cast<std::int64_t>(attempt.stage));
    bind(name(attempt.domain));
    bind(attempt.recipient);
    bind(attempt.queue_id);
    bind(name(attempt.instance));
    bind(name(attempt.connection));
    bind(static_cast<std::int64_t>(attempt.session));  // SQLite's integers are signed; the bits are kept
    bind(attempt.sender);
    bind(name_or_null(attempt.address));
    bind(std::int64_t{attempt.port});
    bind(attempt.code ? std::optional<std::int64_t>(*attempt.code) : std::nullopt);
    bind(attempt.dsn);
    bind(name_or_null(attempt.reason));
    bind(attempt.delay);
    bind(attempt.size ? std::optional(static_cast<std::int64_t>(*attempt.size)) : std::nullopt);
    bind(attempt.retries ? std::optional<std::int64_t>(*attempt.retries) : std::nullopt);
    bind(std::int64_t{attempt.tls});
    bind(static_cast<std::int64_t>(attempt.mode));
    bind(std::string_view(mail::to_text(attempt.mta)));
    return named;
}

}  // namespace

Result<AttemptRows> AttemptRows::prepare(const Database& database) {
    AttemptRows rows;
    for (auto [statement, number] :
         {std::pair{&rows.many_, per_statement}, std::pair{&rows.one_, std::size_t{1}}}) {
        auto prepared = Statement::prepare(database, insert_rows(number));
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return rows;
}

Result<void> AttemptRows::insert(const Database& database, Names& names,
                                 std::span<const mail::Attempt> attempts) {
    while (!attempts.empty()) {
        const bool many = attempts.size() >= per_statement;
        auto& statement = many ? many_ : one_;
        const auto rows = many ? per_statement : 1;
        for (std::size_t row = 0; row < rows; ++row) {
            const auto& attempt = attempts[row];
            starttimes_[row] = base::ledger_time(attempt.time);
            auto bound = bind_row(statement, 1 + static_cast<int>(row) * columns, attempt, starttimes_[row],
                                  database, names);
            if (!bound) return bound;
        }
        if (auto done = statement.run(); !done) return done;
        attempts = attempts.subspan(rows);
    }
    return {};
}

}  // namespace nexthopd::ledger
