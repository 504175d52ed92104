#include "ledger/schema.hpp"

#include <fmt/format.h>

#include <array>

namespace nexthopd::ledger {

namespace {

struct Migration {
    int number;
    const char* sql;
};

// What both views show of a row; names and order are part of the script contract. The server is joined,
// so that `server = 'x'` reaches the partial indexes; the other names are scalar sub-selects, which cost
// nothing where they are not asked for (a LEFT JOIN of the domain made the published example 35 times
// slower at 1e7 rows).
#define NEXTHOPD_SHOWN_COLUMNS                                                                       \
    "a.starttime AS starttime,"                                                                      \
    "(SELECT name FROM name WHERE id = a.instance) AS instance,"                                     \
    "a.queue_id AS queue_id,"                                                                        \
    "a.session AS session,"                                                                          \
    "(SELECT name FROM name WHERE id = a.connection) AS connection,"                                 \
    "a.sender AS sender,"                                                                            \
    "a.recipient AS recipient,"                                                                      \
    "(SELECT name FROM name WHERE id = a.domain) AS domain,"                                         \
    "s.name AS server,"                                                                              \
    "(SELECT name FROM name WHERE id = a.address) AS address,"                                       \
    "a.port AS port,"                                                                                \
    "a.result AS result,"                                                                            \
    "a.code AS code,"                                                                                \
    "a.dsn AS dsn,"                                                                                  \
    "CASE a.status WHEN 0 THEN 'sent' WHEN 1 THEN 'deferred' ELSE 'bounced' END AS status,"          \
    "CASE a.stage WHEN 0 THEN 'connect' WHEN 1 THEN 'greeting' WHEN 2 THEN 'ehlo' WHEN 3 THEN 'tls'" \
    " WHEN 4 THEN 'mail' WHEN 5 THEN 'rcpt' WHEN 6 THEN 'data' WHEN 7 THEN 'eod'"                    \
    " ELSE 'relay' END AS stage,"                                                                    \
    "(SELECT name FROM name WHERE id = a.reason) AS reason,"                                         \
    "a.delay AS delay,"                                                                              \
    "a.size AS size,"                                                                                \
    "a.retries AS retries,"                                                                          \
    "a.tls AS tls,"                                                                                  \
    "a.mta AS mta,"                                                                                  \
    "CASE a.mode WHEN 0 THEN 'delivery' ELSE 'probe' END AS mode,"                                   \
    "a.counted AS counted "                                                                          \
    "FROM attempt AS a JOIN name AS s ON s.id = a.server"

// status, stage and mode are the enumerators of mail::Attempt.
// name.used is the last day (days since 1970) of a row with that name: strangers choose the names, so
// those that no row has any more are removed.
// The partial indexes repeat `counted = 1` of the view: without it each entry costs a look at the row.
constexpr const char* first_schema =
    "CREATE TABLE name(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, used INTEGER NOT NULL);"
    "CREATE TABLE attempt("
    " id INTEGER PRIMARY KEY,"
    " starttime TEXT NOT NULL,"
    " server INTEGER NOT NULL,"
    " counted INTEGER NOT NULL,"
    " result TEXT NOT NULL,"
    " status INTEGER NOT NULL,"
    " stage INTEGER NOT NULL,"
    " domain INTEGER NOT NULL,"
    " recipient TEXT NOT NULL,"
    " queue_id TEXT NOT NULL,"
    " instance INTEGER NOT NULL,"
    " connection INTEGER NOT NULL,"
    " session INTEGER NOT NULL,"
    " sender TEXT NOT NULL,"
    " address INTEGER,"
    " port INTEGER NOT NULL,"
    " code INTEGER,"
    " dsn TEXT NOT NULL,"
    " reason INTEGER,"
    " delay REAL,"
    " size INTEGER,"
    " retries INTEGER,"
    " tls INTEGER NOT NULL,"
    " mta TEXT,"
    " mode INTEGER NOT NULL);"
    "CREATE INDEX attempt_4 ON attempt(server, starttime) WHERE substr(result,1,1)='4' AND counted=1;"
    "CREATE INDEX attempt_5 ON attempt(server, starttime) WHERE substr(result,1,1)='5' AND counted=1;"
    "CREATE INDEX attempt_failed ON attempt(domain, starttime) WHERE status<>0;"
    "CREATE INDEX attempt_time ON attempt(starttime);"
    "CREATE INDEX attempt_queue_id ON attempt(queue_id);"
    "CREATE VIEW sendattempts AS SELECT " NEXTHOPD_SHOWN_COLUMNS
    " WHERE a.counted=1;"
    "CREATE VIEW sendattempts_all AS SELECT " NEXTHOPD_SHOWN_COLUMNS
    ";"
    "CREATE TABLE hold("
    " id TEXT PRIMARY KEY,"
    " connection TEXT NOT NULL,"
    " recipient TEXT NOT NULL,"
    " since TEXT NOT NULL,"
    " until TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " rule TEXT NOT NULL,"
    " evidence TEXT NOT NULL,"
    " ended TEXT,"
    " why TEXT) WITHOUT ROWID;"
    "CREATE INDEX hold_ended ON hold(ended) WHERE ended IS NOT NULL;"
    "CREATE INDEX hold_active ON hold(until) WHERE ended IS NULL;"
    "CREATE TABLE followed("
    " path TEXT PRIMARY KEY,"
    " device INTEGER NOT NULL,"
    " inode INTEGER NOT NULL,"
    " head_hash INTEGER NOT NULL,"
    " head_length INTEGER NOT NULL,"
    " offset INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('begun', datetime('now'));";

// Where reading resumes, and which parts of log files have been stored. Before, 16 MiB were read again.
constexpr const char* resume_and_ranges =
    "ALTER TABLE followed ADD COLUMN tail_hash INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE followed ADD COLUMN began INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE followed ADD COLUMN resume_device INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE followed ADD COLUMN resume_inode INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE followed ADD COLUMN resume_head_hash INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE followed ADD COLUMN resume_head_length INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE followed ADD COLUMN resume_offset INTEGER NOT NULL DEFAULT 0;"
    "UPDATE followed SET resume_device=device, resume_inode=inode, resume_head_hash=head_hash,"
    " resume_head_length=head_length, resume_offset=max(0, offset - 16777216);"
    "CREATE TABLE log_range("
    " head_hash INTEGER NOT NULL,"
    " head_length INTEGER NOT NULL,"
    " first INTEGER NOT NULL,"
    " last INTEGER NOT NULL,"
    " PRIMARY KEY(head_hash, head_length, first)) WITHOUT ROWID;";

// The classes as ranges of the text instead of substr(): an index with a function in its condition makes
// SQLite keep a journal of each statement that inserts several rows. The translation of scripts' SQL writes
// LEFT(result,1)='4' in the same way, term by term, as partial indexes want it.
constexpr const char* classes_as_ranges =
    "DROP INDEX attempt_4;"
    "DROP INDEX attempt_5;"
    "CREATE INDEX attempt_4 ON attempt(server, starttime) WHERE result>='4' AND result<'5' AND counted=1;"
    "CREATE INDEX attempt_5 ON attempt(server, starttime) WHERE result>='5' AND result<'6' AND counted=1;";

// rollup.cells: minute_cells.hpp. The view is for counts; what it shows is no more than sendattempts does.
constexpr const char* rolled_up_counts =
    "CREATE TABLE rollup("
    " server INTEGER NOT NULL,"
    " hour INTEGER NOT NULL,"
    " cells BLOB NOT NULL,"
    " PRIMARY KEY(server, hour)) WITHOUT ROWID;"
    "CREATE VIEW sendattempts_minutes AS SELECT s.name AS server, r.hour AS hour, r.cells AS cells"
    " FROM rollup AS r JOIN name AS s ON s.id = r.server;"
    "INSERT INTO meta VALUES('rolled_up', '0');";

// A hold of Exim's mail is that of one message.
constexpr const char* holds_of_messages = "ALTER TABLE hold ADD COLUMN queue_id TEXT NOT NULL DEFAULT '';";

// Holds of domains, servers and providers; `recipient` is the domain, server or provider then.
constexpr const char* wider_holds =
    "ALTER TABLE hold ADD COLUMN scope TEXT NOT NULL DEFAULT 'mail';"
    "ALTER TABLE hold ADD COLUMN observed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE hold ADD COLUMN version TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE hold ADD COLUMN length INTEGER NOT NULL DEFAULT 0;";

constexpr std::array migrations{
    Migration{1, first_schema},     Migration{2, resume_and_ranges}, Migration{3, classes_as_ranges},
    Migration{4, rolled_up_counts}, Migration{5, holds_of_messages}, Migration{6, wider_holds},
};

base::Result<std::int64_t> version_of(Database& database) {
    auto query = Statement::prepare(database, "PRAGMA user_version");
    if (!query) return tl::unexpected(query.error());
    auto row = query->step();
    if (!row) return tl::unexpected(row.error());
    return query->integer(0);
}

// Another process may be migrating the same file: the version is looked at under the write lock.
base::Result<void> apply(Database& database, const Migration& migration) {
    if (auto begun = database.exec("BEGIN IMMEDIATE"); !begun) return begun;
    const auto version = version_of(database);
    if (!version) return tl::unexpected(version.error());
    if (*version >= migration.number) return database.exec("COMMIT");
    return database.exec(fmt::format("{} PRAGMA user_version={}; COMMIT", migration.sql, migration.number));
}

}  // namespace

int schema_version() {
    return migrations.back().number;
}

base::Result<void> migrate(Database& database) {
    const auto version = version_of(database);
    if (!version) return tl::unexpected(version.error());
    if (*version > schema_version())
        return base::fail(
            "the ledger has version {}, this program knows versions up to {}: use the newer nexthopd, or "
            "another "
            "file as ledger.database",
            *version, schema_version());
    for (const auto& migration : migrations) {
        if (*version >= migration.number) continue;
        if (auto applied = apply(database, migration); !applied) return applied;
    }
    return {};
}

}  // namespace nexthopd::ledger
