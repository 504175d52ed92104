// As much of SQLite as the ledger needs, with ownership and errors as values. Not seen outside ledger/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace nexthopd::ledger {

// Page caches in KiB: the writer, two readers of scripts (the answering thread's and the reader
// thread's) and one listing stay below 16 MiB together. Databases are never mapped into memory: the
// pages would count as resident.
constexpr int writer_cache_kib = 8 * 1024;
constexpr int reader_cache_kib = 3 * 1024;
constexpr int listing_cache_kib = 1024;

/// How a connection waits for another's lock.
constexpr int writer_busy_ms = 1'000;  // the writer's thread can wait, but a stop must not take long
constexpr int reader_busy_ms = 1;      // readers meet a lock only while a WAL is recovered

class Database {
  public:
    enum class Access { create, read_only };

    /// Not valid on two threads at once. `create` makes the file (mode 0600) and its WAL.
    static base::Result<Database> open(const std::string& path, Access access, int cache_kib, int busy_ms);

    /// Any number of statements that give no rows.
    base::Result<void> exec(const std::string& sql);

    /// Statements are stopped at the first check after that instant (a check each 1 000 operations).
    void interrupt_after(std::optional<base::Instant> deadline) { state_->deadline = deadline; }

    sqlite3* handle() const { return handle_.get(); }
    std::int64_t last_insert_rowid() const;
    std::int64_t changes() const;

    // What the last failure was, of this connection or one of its statements.
    bool damaged() const;      // the file is not, or no longer, a database
    bool interrupted() const;  // interrupt_after()
    bool refused() const;      // the statement: syntax, authorization, sizes

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    struct State {
        std::optional<base::Instant> deadline;
        int failure = 0;  // SQLite forgets its own with the next call, even a bind
    };
    friend class Statement;

    // An allocation of its own: its address is known to SQLite and to statements, while the Database may
    // move.
    std::unique_ptr<State> state_;
    std::unique_ptr<sqlite3, Close> handle_;
};

/// One statement; it must not outlive its Database.
class Statement {
  public:
    /// `rest`, where given, becomes what follows the first statement.
    static base::Result<Statement> prepare(const Database& database, std::string_view sql,
                                           std::string_view* rest = nullptr);
    Statement() = default;  // to be assigned to

    /// Positions count from 1. A text must stay where it is until reset() or the end of the rows.
    void bind(int position, std::int64_t value);
    void bind(int position, double value);
    void bind(int position, std::string_view value);
    void bind(int position, std::nullptr_t);
    template <class T>
    void bind(int position, const std::optional<T>& value) {
        if (value)
            bind(position, *value);
        else
            bind(position, nullptr);
    }

    /// True: there is a row. False: the end; the statement is reset.
    base::Result<bool> step();
    /// For statements without rows.
    base::Result<void> run();
    void reset();

    /// Columns count from 0; a text is valid until the next step().
    int columns() const;
    std::string_view column_name(int column) const;
    bool is_null(int column) const;
    bool is_real(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view text(int column) const;

    sqlite3_stmt* handle() const { return handle_.get(); }

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const;
    };
    Database::State* state_ = nullptr;
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
    int bind_error_ = 0;  // the first since the last step(), which reports it
};

}  // namespace nexthopd::ledger
