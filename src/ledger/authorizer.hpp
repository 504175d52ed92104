// What SQL of scripts may do, as SQLite asks it while a statement is compiled.
#pragma once

struct sqlite3;

namespace nexthopd::ledger {

/// From now on statements of the connection may read the views `sendattempts`, `sendattempts_all` and
/// `sendattempts_minutes`, and call the functions of a list; all else is "not authorized". Of the tables
/// behind the views the number of rows can be asked, and a common table expression that has the name of a
/// view reaches their rows (SQLite does not tell the two apart); they hold what the views show. Holds and log
/// positions cannot be reached.
/// `trusted` is looked at each time: while it is true everything is permitted.
void authorize_scripts(sqlite3* connection, const bool* trusted);

}  // namespace nexthopd::ledger
