// PostgreSQL's texts for intervals and timestamps, and the ledger's text for a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace nexthopd::sql {

using Microseconds = std::chrono::microseconds;  // PostgreSQL's resolution

// 100 years: far more than any retention, and the clock's type still holds now plus or minus it.
constexpr Microseconds max_interval = std::chrono::hours(24 * 36525);

/// `-15 MINUTES`, `1 day 2 hours`, `1.5h`: signed quantities with a unit, weeks to seconds; exact, or
/// nullopt (also above max_interval). As in PostgreSQL a sign belongs to its own quantity. Not months and
/// years, whose length varies.
std::optional<Microseconds> parse_interval(std::string_view text);
/// A whole number of `unit` (seconds, minutes, hours, days), as in INTERVAL '15' MINUTE.
std::optional<Microseconds> parse_interval_of(std::string_view text, Microseconds unit);

/// `2026-11-22`, `2026-11-22 17:30`, `2026-11-22 17:30:00.5` (T for the blank, Z behind it: as well), UTC,
/// from 1700 to 2199.
std::optional<base::WallTime> parse_timestamp(std::string_view text);

/// The ledger's text, with the fraction of the second behind it unless that is zero: compared as text
/// with the whole seconds that are stored it gives what comparing the times gives, for every operator.
std::string boundary_text(base::WallTime time);

}  // namespace nexthopd::sql
