// SQL of scripts: one read-only connection that can see the view `sendattempts` and nothing else.
//
// A Reader belongs to one thread. What a statement may do is limited by SQLite's authorizer (SELECT on
// the view, a list of functions), by its limits on sizes, and by the caller's limits on time and rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace nexthopd::ledger {

using Parameter = std::variant<std::monostate, std::int64_t, double, std::string>;  // monostate is NULL

struct QueryLimits {
    std::chrono::microseconds time{2'000};
    std::size_t rows = 1'000;
    std::size_t bytes = 1'000'000;  // of all values together
};

struct Rows {
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;  // values as text; nullopt is NULL
};

struct QueryError {
    enum class Kind {
        interrupted,  // the time was over: the same query may succeed with more time
        refused,      // not permitted, a syntax error, too large: the script is to be changed
        failed,       // the database: missing, locked, damaged
    };
    Kind kind = Kind::failed;
    std::string text;
};

class Reader {
  public:
    /// Nothing is opened yet: that happens in the first query, and again after the file was replaced.
    explicit Reader(std::string path);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    /// Runs one SELECT. `?1` … `?n` are the parameters. Compiled statements are kept by their text.
    tl::expected<Rows, QueryError> run(std::string_view sql, const std::vector<Parameter>& parameters,
                                       QueryLimits limits);

    /// Between begin() and end() all queries see the same rows, and each costs less (no file locks).
    /// Without a database both do nothing. end() never fails; keep the time between them short.
    void begin();
    void end();

  private:
    class Connection;
    Connection* connection(std::string& error);

    std::string path_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace nexthopd::ledger
