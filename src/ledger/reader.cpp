#include "ledger/reader.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "ledger/authorizer.hpp"
#include "ledger/minute_cells.hpp"
#include "ledger/sqlite.hpp"

namespace nexthopd::ledger {

namespace {

// A script has a handful of statements; its texts differ only in parameters.
constexpr std::size_t max_cached = 32;

constexpr int max_sql_bytes = 16 * 1024;

struct Limit {
    int id;
    int value;
};
// The progress handler does not run inside functions, so the sizes they work on are what bounds their
// time: hex(zeroblob(4e8)) took 3.6 s without SQLITE_LIMIT_LENGTH, and LIKE is quadratic in its pattern.
constexpr Limit limits_of_scripts[] = {
    {SQLITE_LIMIT_LENGTH, 1'000'000},
    {SQLITE_LIMIT_SQL_LENGTH, max_sql_bytes},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64},
    {SQLITE_LIMIT_EXPR_DEPTH, 100},
    {SQLITE_LIMIT_COMPOUND_SELECT, 10},
    {SQLITE_LIMIT_VDBE_OP, 100'000},
    {SQLITE_LIMIT_FUNCTION_ARG, 20},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 250},
    {SQLITE_LIMIT_COLUMN, 200},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

/// How often it is looked whether the file was replaced (a damaged one is moved aside by the writer).
constexpr std::chrono::seconds replaced_check{1};

/// sum_minutes(cells, class, first, last), both minutes of the hour.
void sum_minutes(sqlite3_context* context, int /*arguments*/, sqlite3_value** values) {
    const auto* const bytes = static_cast<const char*>(sqlite3_value_blob(values[0]));
    const auto length = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
    const auto* const result_class = reinterpret_cast<const char*>(sqlite3_value_text(values[1]));
    if (bytes == nullptr || result_class == nullptr) return sqlite3_result_int64(context, 0);
    const auto sum = sum_cells({bytes, length}, *result_class, sqlite3_value_int64(values[2]),
                               sqlite3_value_int64(values[3]));
    sqlite3_result_int64(context, static_cast<std::int64_t>(sum));
}

QueryError refused(std::string text) {
    return {QueryError::Kind::refused, std::move(text)};
}

/// The shortest digits that are the same number again, as PostgreSQL prints it: SQLite prints 15.
std::string real_text(double value) {
    return fmt::format("{}", value);
}

QueryError error_of(const Database& database, std::string text) {
    if (database.interrupted())
        return {QueryError::Kind::interrupted, "the query was stopped: its time was over"};
    return {database.refused() ? QueryError::Kind::refused : QueryError::Kind::failed, std::move(text)};
}

}  // namespace

class Reader::Connection {
  public:
    static base::Result<std::unique_ptr<Connection>> open(const std::string& path) {
        auto database = Database::open(path, Database::Access::read_only, reader_cache_kib, reader_busy_ms);
        if (!database) return tl::unexpected(database.error());
        auto connection = std::make_unique<Connection>();
        connection->database_ = std::move(*database);
        for (const auto& limit : limits_of_scripts)
            sqlite3_limit(connection->handle(), limit.id, limit.value);
        sqlite3_create_function_v2(connection->handle(), "sum_minutes", 4, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   nullptr, sum_minutes, nullptr, nullptr, nullptr);
        authorize_scripts(connection->handle(), &connection->trusted_);
        return connection;
    }

    sqlite3* handle() const { return database_.handle(); }

    tl::expected<Rows, QueryError> run(std::string_view sql, const std::vector<Parameter>& parameters,
                                       const QueryLimits& limits) {
        database_.interrupt_after(std::chrono::steady_clock::now() + limits.time);
        auto rows = run_unbounded(sql, parameters, limits);
        database_.interrupt_after(std::nullopt);
        return rows;
    }

    void own(const char* sql) {
        trusted_ = true;
        (void)database_.exec(sql);
        trusted_ = false;
    }

    bool reading() const { return sqlite3_get_autocommit(handle()) == 0; }

    bool replaced() {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_check_) return false;
        next_check_ = now + replaced_check;
        int moved = 0;
        sqlite3_file_control(handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
        return moved != 0;
    }

  private:
    struct Cached {
        std::string sql;
        Statement statement;
        std::uint64_t used = 0;
    };

    tl::expected<Statement*, QueryError> statement(std::string_view sql) {
        const auto found = std::find_if(cache_.begin(), cache_.end(),
                                        [&](const Cached& cached) { return cached.sql == sql; });
        if (found != cache_.end()) {
            found->used = ++uses_;
            return &found->statement;
        }
        if (sql.size() >= max_sql_bytes)
            return tl::unexpected(
                refused(fmt::format("a statement is at most {} bytes long", max_sql_bytes - 1)));
        if (sql.find('\0') != std::string_view::npos)
            return tl::unexpected(refused("a statement must not contain a zero byte"));
        std::string_view rest;
        auto prepared = Statement::prepare(database_, sql, &rest);
        if (!prepared) return tl::unexpected(error_of(database_, prepared.error().text));
        if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos)
            return tl::unexpected(refused("only one statement at a time"));
        if (prepared->handle() == nullptr || prepared->columns() == 0)
            return tl::unexpected(refused("not a SELECT"));

        if (cache_.size() >= max_cached)
            cache_.erase(std::min_element(cache_.begin(), cache_.end(),
                                          [](const Cached& a, const Cached& b) { return a.used < b.used; }));
        cache_.push_back({std::string(sql), std::move(*prepared), ++uses_});
        return &cache_.back().statement;
    }

    tl::expected<Rows, QueryError> run_unbounded(std::string_view sql,
                                                 const std::vector<Parameter>& parameters,
                                                 const QueryLimits& limits) {
        const auto prepared = statement(sql);
        if (!prepared) return tl::unexpected(prepared.error());
        auto& query = **prepared;
        const auto wanted = static_cast<std::size_t>(sqlite3_bind_parameter_count(query.handle()));
        if (parameters.size() != wanted)
            return tl::unexpected(refused(
                fmt::format("the statement has {} parameters, {} were given", wanted, parameters.size())));
        int place = 0;
        for (const auto& parameter : parameters) {
            ++place;
            std::visit([&](const auto& value) { bind(query, place, value); }, parameter);
        }
        auto rows = collect(query, limits);
        query.reset();
        return rows;
    }

    static void bind(Statement& query, int place, std::monostate) { query.bind(place, nullptr); }
    static void bind(Statement& query, int place, std::int64_t value) { query.bind(place, value); }
    static void bind(Statement& query, int place, double value) { query.bind(place, value); }
    static void bind(Statement& query, int place, const std::string& value) {
        query.bind(place, std::string_view(value));
    }

    tl::expected<Rows, QueryError> collect(Statement& query, const QueryLimits& limits) {
        Rows result;
        const int columns = query.columns();
        for (int column = 0; column < columns; ++column)
            result.columns.emplace_back(query.column_name(column));
        std::size_t bytes = 0;
        for (;;) {
            const auto row = query.step();
            if (!row) return tl::unexpected(error_of(database_, row.error().text));
            if (!*row) return result;
            if (result.rows.size() >= limits.rows)
                return tl::unexpected(refused(fmt::format("more than {} rows; add a LIMIT", limits.rows)));
            auto& values = result.rows.emplace_back();
            values.reserve(result.columns.size());
            for (int column = 0; column < columns; ++column) {
                if (query.is_null(column)) {
                    values.emplace_back();
                    continue;
                }
                auto text =
                    query.is_real(column) ? real_text(query.real(column)) : std::string(query.text(column));
                bytes += text.size();
                if (bytes > limits.bytes)
                    return tl::unexpected(
                        refused(fmt::format("more than {} bytes in all rows", limits.bytes)));
                values.emplace_back(std::move(text));
            }
        }
    }

    bool trusted_ = false;
    base::Instant next_check_{};
    Database database_;
    std::vector<Cached> cache_;
    std::uint64_t uses_ = 0;
};

Reader::Reader(std::string path) : path_(std::move(path)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Reader::Connection* Reader::connection(std::string& error) {
    if (connection_ && !connection_->reading() && connection_->replaced()) connection_.reset();
    if (!connection_) {
        auto opened = Connection::open(path_);
        if (opened)
            connection_ = std::move(*opened);
        else
            error = opened.error().text;
    }
    return connection_.get();
}

tl::expected<Rows, QueryError> Reader::run(std::string_view sql, const std::vector<Parameter>& parameters,
                                           QueryLimits limits) {
    std::string error;
    auto* open = connection(error);
    if (open == nullptr) return tl::unexpected(QueryError{QueryError::Kind::failed, std::move(error)});
    auto rows = open->run(sql, parameters, limits);
    if (!rows && rows.error().kind == QueryError::Kind::failed) connection_.reset();
    return rows;
}

void Reader::begin() {
    std::string error;
    if (auto* open = connection(error)) open->own("BEGIN");
}

void Reader::end() {
    if (connection_ && connection_->reading()) connection_->own("COMMIT");
}

}  // namespace nexthopd::ledger
