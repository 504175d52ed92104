// The store in an SQLite file beside the daemon.
#pragma once

#include <memory>
#include <string>

#include "ledger/store.hpp"

namespace nexthopd::ledger {

/// The file is opened, created and migrated by the first call that needs it. A damaged one is moved
/// aside as `<path>.corrupt-<UTC time>` and a new one begun, which is logged as an error; the call that
/// met the damage fails. One of a newer version of the program is never touched: every call fails.
std::unique_ptr<Store> sqlite_store(std::string path);

}  // namespace nexthopd::ledger
