// The time of a log line. A traditional stamp has neither year nor zone: the year follows from a
// reference time and from the line before, the zone is the caller's to know. Exim's has a year, and a zone
// only where log_timezone is set.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace nexthopd::maillog {

/// Seconds east of UTC that a local time may have. They differ only in the hour that is repeated when
/// summer time ends: then `first` belongs to the first pass (the earlier instant).
struct ZoneOffsets {
    std::chrono::seconds first{0};
    std::chrono::seconds second{0};
};

/// `local` counts the seconds since 1970-01-01 00:00:00 as the wall clock of the zone shows them.
/// A time that summer time skips may be taken either way.
using Zone = std::function<ZoneOffsets(std::chrono::seconds local)>;
Zone fixed_zone(std::chrono::seconds east_of_utc);

class StampReader {
  public:
    explicit StampReader(Zone zone) : zone_(std::move(zone)) {}

    /// `Nov 22 16:51:23`, `2026-11-22T16:51:23.123+01:00`, or Exim's `2026-11-22 16:51:23[.123][ +0100]`.
    /// nullopt: not a stamp. `now` is the clock, or for an old file the time of its last change: the
    /// newest year is taken in which the line is not more than a day later than `now`.
    std::optional<base::WallTime> read(std::string_view stamp, base::WallTime now);

  private:
    std::optional<base::WallTime> traditional(std::string_view stamp, base::WallTime now);
    std::optional<base::WallTime> rfc3339(std::string_view stamp);
    std::optional<base::WallTime> exim(std::string_view stamp, base::WallTime now);
    std::optional<std::int64_t> dated_second(std::string_view stamp);
    std::optional<std::int64_t> local_midnight(std::string_view day, base::WallTime now);
    std::int64_t to_utc(std::int64_t local, base::WallTime now);

    Zone zone_;
    std::optional<std::int64_t> last_;  // unix seconds of the last stamp without a zone
    // The day and the zone change rarely; without these caches a stamp costs more than the line behind it.
    char day_[10] = {};
    std::size_t day_length_ = 0;
    std::int64_t day_start_ = 0;
    base::WallTime day_read_{};
    std::optional<std::int64_t> quarter_;  // the quarter of an hour for which offsets_ hold
    ZoneOffsets offsets_;
};

}  // namespace nexthopd::maillog
