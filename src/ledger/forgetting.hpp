// An address is taken out of the ledger: out of its rows, and out of its files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

namespace nexthopd::ledger {

class Forgetting {
  public:
    static base::Result<Forgetting> prepare(const Database& database);

    /// Looks at the next `max_rows` attempts (no index knows recipients), and with the last ones at the
    /// holds, within the writer's transaction. The local part becomes `*` in recipients, senders, replies and
    /// evidence.
    base::Result<void> step(const std::string& address, std::uint32_t max_rows, ForgetProgress& progress);

    /// Outside a transaction, after the last step: empties the WAL and looks for the address in the file.
    /// Where a page still has a copy of it the file is written anew, which takes as long as its size needs.
    static base::Result<void> clean_files(Database& database, std::string_view address);

  private:
    base::Result<void> rewrite_holds(const std::string& address, ForgetProgress& progress);

    Statement rows_, rewrite_row_, holds_, rewrite_hold_;
};

}  // namespace nexthopd::ledger
