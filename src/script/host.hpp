// What a script may ask of the daemon. Implemented in answer/, and by fakes in tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ledger/reader.hpp"
#include "script/store.hpp"

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

/// A question to DNS.
struct Lookup {
    enum class Kind { mx, a, aaaa, txt };
    Kind kind = Kind::a;
    std::string name;  // mail::host_name()
};
struct LookupResult {
    struct Record {
        std::string text;  // host, address, or the bytes of a text record
        std::uint16_t preference = 0;
    };
    bool failed = false;          // not known; else no record: there is none
    std::vector<Record> records;  // hosts by preference
};

/// What a hook waited for.
using Awaited = std::variant<ledger::Rows, QueryFailure, LookupResult>;

/// Where the run of a hook stands.
enum class HookState {
    finished,     // its answer can be read
    waiting,      // for a query or a lookup: go on with its result
    failed,       // an error of the script
    out_of_time,  // stopped by the count hook
};

/// What is known of the mail that a question is about. Unknown is 0 or empty.
struct Request {
    std::string_view connection;
    std::string_view recipient;
    std::string_view sender;
    std::string_view queue_id;
    std::uint64_t size = 0;
    std::uint32_t retries = 0;
    bool exact = false;  // one message to that recipient is queued, and it is this one
    std::string_view mta;
    std::string_view mode;  // enforce or observe
};

/// Attempts to be counted; an empty text means any.
struct CountQuery {
    std::string_view server;
    std::string_view domain;
    std::string_view reason;
    char result_class = 0;
    std::int64_t seconds = 0;
};

enum class LogLevel { debug, info, warn, error };

class Host {
  public:
    virtual ~Host() = default;
    virtual Request request() = 0;
    /// The question is a person's: nothing is remembered of it.
    virtual bool dry_run() = 0;
    /// What scripts keep; nullptr while the script is loaded, which happens beside the answering thread.
    virtual Store* store() = 0;
    virtual base::Instant now() = 0;
    /// For os.time() and os.date().
    virtual base::WallTime wall() = 0;
    /// Attempts of the last state::Counters::window_seconds at most that match.
    virtual std::uint64_t counted(const CountQuery& query) = 0;
    /// Attempts of `server` in the last `seconds` (at most state::Counters::window_seconds), of class '2', '4'
    /// or '5'.
    virtual std::uint64_t count(std::string_view server, char result_class, std::int64_t seconds) = 0;
    /// The same for a longer window: one row with one value.
    virtual QueryAnswer count_longer(std::string_view server, char result_class, std::int64_t seconds) = 0;
    /// A SELECT in PostgreSQL's words.
    virtual QueryAnswer query(std::string_view postgres_sql) = 0;
    /// The provider that the server belongs to; empty: none that is known. Lives as long as the call.
    virtual std::string_view provider(std::string_view server) = 0;
    /// nullopt: the answer is not at hand, the hook has to wait.
    virtual std::optional<LookupResult> resolve(const Lookup& lookup) = 0;
    /// The text of the file that require() names, while the script is loaded.
    virtual base::Result<std::string> module(std::string_view name) = 0;
    /// print() and nexthop.log: as the script wrote it.
    virtual void log(LogLevel level, std::string_view line) = 0;
};

}  // namespace nexthopd::script
