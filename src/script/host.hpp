// What a script may ask of the daemon. Implemented in answer/, and by fakes in tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "ledger/reader.hpp"

namespace nexthopd::script {

/// A query that did not end within the answering thread's share of time: it is repeated by the reader
/// thread while the hook waits.
struct PendingQuery {
    std::string sql;  // SQLite's
    std::vector<ledger::Parameter> parameters;
    std::vector<std::string> columns;  // as PostgreSQL names them
};

struct QueryFailure {
    std::string text;
};

using QueryAnswer = std::variant<ledger::Rows, PendingQuery, QueryFailure>;
/// What the reader thread made of a pending one.
using QueryResult = std::variant<ledger::Rows, QueryFailure>;

/// Where the run of a hook stands.
enum class HookState {
    finished,     // its answer can be read
    waiting,      // for a query: go on with its result
    failed,       // an error of the script
    out_of_time,  // stopped by the count hook
};

class Host {
  public:
    virtual ~Host() = default;
    /// Attempts of `server` in the last `seconds`, of class '2', '4' or '5'.
    virtual std::uint64_t count(std::string_view server, char result_class, std::int64_t seconds) = 0;
    /// A SELECT in PostgreSQL's words.
    virtual QueryAnswer query(std::string_view postgres_sql) = 0;
    /// The text of the file that require() names, while the script is loaded.
    virtual base::Result<std::string> module(std::string_view name) = 0;
    /// print() and errors, already made printable.
    virtual void log(std::string_view line) = 0;
};

}  // namespace nexthopd::script
