// Time as a parameter: wall time for what people and logs see, monotonic time for waiting.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nexthopd::base {

using Instant = std::chrono::steady_clock::time_point;   // deadlines, timers, cache ages
using WallTime = std::chrono::system_clock::time_point;  // what is stored, shown and logged
using Duration = std::chrono::nanoseconds;

/// The two clocks behind an interface, so that tests can set them.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
    virtual WallTime wall() const = 0;
};

inline Instant steady_now() {
    return std::chrono::steady_clock::now();
}

/// The machine's clocks.
class SystemClock final : public Clock {
  public:
    Instant now() const override { return steady_now(); }
    WallTime wall() const override { return std::chrono::system_clock::now(); }
};

/// Seconds since 1970-01-01 UTC, rounded down.
std::int64_t unix_seconds(WallTime time);
/// What WallTime cannot hold (before 1678, after 2261) becomes the nearest second that it can.
WallTime from_unix_seconds(std::int64_t seconds);

/// `2026-11-22 17:30:00`, UTC: the ledger's form.
std::string ledger_time(WallTime time);
/// The inverse of ledger_time; nullopt for anything else, and for years that WallTime cannot hold.
std::optional<WallTime> parse_ledger_time(std::string_view text);

/// `2026-11-22T17:30:00Z` (RFC 3339, UTC): the form of --json output.
std::string rfc3339(WallTime time);

}  // namespace nexthopd::base
