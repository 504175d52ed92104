// How far each log has been read, and which parts of log files have been stored: the tables `followed` and
// `log_range`, and the cursors in `meta`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

namespace nexthopd::ledger {

class LogPlaces {
  public:
    static base::Result<LogPlaces> prepare(const Database& database);

    base::Result<void> follow(const Position& position);
    base::Result<void> follow(const Cursor& cursor);
    base::Result<void> add(const Range& range);

    base::Result<std::vector<Position>> positions();
    base::Result<std::vector<Range>> ranges();
    base::Result<std::optional<std::string>> cursor(std::string_view source);

  private:
    Statement follow_, positions_, add_range_, ranges_, follow_cursor_, cursor_;
};

}  // namespace nexthopd::ledger
