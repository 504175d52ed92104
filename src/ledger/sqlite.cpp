#include "ledger/sqlite.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <mutex>
#include <system_error>

namespace nexthopd::ledger {

namespace {

constexpr int operations_between_checks = 1'000;  // some 20 µs: well below the 2 ms of a script's query

// SQLite's counters of used memory are behind one mutex for all threads: the answering thread would
// wait for the writer. To be set before the library is first used.
void configure_library() {
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

std::string advice(sqlite3* handle, int code) {
    const char* file = sqlite3_db_filename(handle, "main");
    const std::string path = file != nullptr ? file : "";
    switch (code) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return fmt::format(
                "the ledger {} is locked by another program (`fuser {}` names it); it is tried again", path,
                path);
        case SQLITE_FULL:
            return fmt::format("no space is left for the ledger {}; make room on its disk", path);
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return fmt::format(
                "the ledger {} may not be written; check the owner and mode of the file and of its directory",
                path);
        case SQLITE_CANTOPEN:
            return fmt::format(
                "the ledger {} cannot be opened; check that its directory exists and who may write there",
                path);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return fmt::format("the ledger {} is damaged or not a database ({})", path,
                               sqlite3_errmsg(handle));
        case SQLITE_IOERR: {
            const int error = sqlite3_system_errno(handle);
            return fmt::format("input/output error on the ledger {} ({}); check its disk", path,
                               error != 0 ? std::generic_category().message(error) : sqlite3_errmsg(handle));
        }
        default:
            return sqlite3_errmsg(handle);
    }
}

/// The error of the call that just failed; `code` becomes SQLite's number of it.
tl::unexpected<base::Error> failure(sqlite3* handle, int& code) {
    code = sqlite3_extended_errcode(handle) & 0xff;
    return base::fail("{}", advice(handle, code));
}

int check_deadline(void* context) {
    const auto& deadline = *static_cast<const std::optional<base::Instant>*>(context);
    return deadline && std::chrono::steady_clock::now() >= *deadline ? 1 : 0;
}

// The rows hold mail addresses, so a new file is for its owner only; SQLite gives the WAL the same mode.
// An existing file is not opened here: closing it would drop the locks that this process holds on it.
void create_private(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) ::close(descriptor);
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

base::Result<Database> Database::open(const std::string& path, Access access, int cache_kib, int busy_ms) {
    configure_library();
    const bool create = access == Access::create;
    if (create) create_private(path);
    sqlite3* opened = nullptr;
    const int flags = (create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    Database database;
    database.handle_.reset(opened);
    if (opened == nullptr) return base::fail("opening {}: out of memory", path);
    database.state_ = std::make_unique<State>();
    if (code != SQLITE_OK) return failure(opened, database.state_->failure);

    // Even the first read can meet a lock: whoever opens a WAL first recovers it.
    sqlite3_busy_timeout(opened, busy_ms);
    sqlite3_progress_handler(opened, operations_between_checks, check_deadline, &database.state_->deadline);
    // "x" is a name, never a text: a misspelt column must not become a constant.
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    // This reads the file. If it is damaged the first statement says so too, and then damaged() tells.
    (void)database.exec(fmt::format("PRAGMA cache_size=-{}; PRAGMA mmap_size=0", cache_kib));
    return database;
}

base::Result<void> Database::exec(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure(handle_.get(), state_->failure);
    return {};
}

std::int64_t Database::last_insert_rowid() const {
    return sqlite3_last_insert_rowid(handle_.get());
}
std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_.get());
}

bool Database::damaged() const {
    return state_->failure == SQLITE_CORRUPT || state_->failure == SQLITE_NOTADB;
}
bool Database::interrupted() const {
    return state_->failure == SQLITE_INTERRUPT;
}

bool Database::refused() const {
    switch (state_->failure) {
        case SQLITE_ERROR:
        case SQLITE_AUTH:
        case SQLITE_TOOBIG:
        case SQLITE_RANGE:
        case SQLITE_MISMATCH:
            return true;
        default:
            return false;
    }
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
    sqlite3_finalize(handle);
}

base::Result<Statement> Statement::prepare(const Database& database, std::string_view sql,
                                           std::string_view* rest) {
    Statement statement;
    sqlite3_stmt* prepared = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, &tail);
    if (code != SQLITE_OK) return failure(database.handle(), database.state_->failure);
    statement.state_ = database.state_.get();
    statement.handle_.reset(prepared);
    if (rest != nullptr) *rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
    return statement;
}

void Statement::bind(int position, std::int64_t value) {
    const int code = sqlite3_bind_int64(handle_.get(), position, value);
    if (code != SQLITE_OK && bind_error_ == 0) bind_error_ = code;
}

void Statement::bind(int position, double value) {
    const int code = sqlite3_bind_double(handle_.get(), position, value);
    if (code != SQLITE_OK && bind_error_ == 0) bind_error_ = code;
}

void Statement::bind(int position, std::string_view value) {
    // An empty view may have no address, which SQLite would take for NULL.
    const char* data = value.data() != nullptr ? value.data() : "";
    const int code =
        sqlite3_bind_text64(handle_.get(), position, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
    if (code != SQLITE_OK && bind_error_ == 0) bind_error_ = code;
}

void Statement::bind(int position, std::nullptr_t) {
    const int code = sqlite3_bind_null(handle_.get(), position);
    if (code != SQLITE_OK && bind_error_ == 0) bind_error_ = code;
}

base::Result<bool> Statement::step() {
    if (bind_error_ != 0) {
        state_->failure = std::exchange(bind_error_, 0);
        sqlite3_reset(handle_.get());
        return base::fail("the ledger: {}", sqlite3_errstr(state_->failure));
    }
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(handle_.get());
        return false;
    }
    auto error = failure(sqlite3_db_handle(handle_.get()), state_->failure);
    sqlite3_reset(handle_.get());
    return error;
}

base::Result<void> Statement::run() {
    auto stepped = step();
    if (!stepped) return tl::unexpected(stepped.error());
    if (*stepped) reset();
    return {};
}

void Statement::reset() {
    sqlite3_reset(handle_.get());
}

int Statement::columns() const {
    return sqlite3_column_count(handle_.get());
}

std::string_view Statement::column_name(int column) const {
    const char* name = sqlite3_column_name(handle_.get(), column);
    return name != nullptr ? name : "";
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}
bool Statement::is_real(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_FLOAT;
}
std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}
double Statement::real(int column) const {
    return sqlite3_column_double(handle_.get(), column);
}

std::string_view Statement::text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

}  // namespace nexthopd::ledger
