// What SQL of scripts may do, as SQLite asks it while a statement is compiled.
#pragma once

struct sqlite3;

namespace nexthopd::ledger {

/// From now on statements of the connection may read the views `sendattempts` and `sendattempts_all`
/// (base tables only through them) and call the functions of a list; all else is "not authorized".
/// `trusted` is looked at each time: while it is true everything is permitted.
void authorize_scripts(sqlite3* connection, const bool* trusted);

}  // namespace nexthopd::ledger
