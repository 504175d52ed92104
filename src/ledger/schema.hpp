// The tables of the ledger, and how an older file becomes a newer one.
#pragma once

#include "base/error.hpp"
#include "ledger/sqlite.hpp"

namespace nexthopd::ledger {

/// Applies what is missing, each step in a transaction of its own (PRAGMA user_version counts them). A
/// database of a newer program is refused: an older one would not know what its columns mean.
/// After a failure the connection is to be closed, which undoes the step that was begun.
base::Result<void> migrate(Database& database);

/// The version that migrate() reaches.
int schema_version();

}  // namespace nexthopd::ledger
