#include "serve/local_zone.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace nexthopd::serve {

maillog::ZoneOffsets local_zone(std::chrono::seconds local) {
    const std::time_t shown = local.count();
    std::tm fields{};
    gmtime_r(&shown, &fields);
    // mktime() with each reading of the clock; one that does not lead back to the same clock is not one.
    std::array<std::chrono::seconds, 2> offsets{};
    std::size_t found = 0;
    for (const int summer : {1, 0}) {
        std::tm asked = fields;
        asked.tm_isdst = summer;
        const std::time_t utc = std::mktime(&asked);
        std::tm back{};
        localtime_r(&utc, &back);
        if (back.tm_hour == fields.tm_hour && back.tm_min == fields.tm_min && back.tm_mday == fields.tm_mday)
            offsets[found++] = std::chrono::seconds(shown - utc);
    }
    if (found == 0) {
        fields.tm_isdst = -1;
        offsets[found++] = std::chrono::seconds(shown - std::mktime(&fields));
    }
    if (found == 1) return {offsets[0], offsets[0]};
    return {std::max(offsets[0], offsets[1]), std::min(offsets[0], offsets[1])};
}

}  // namespace nexthopd::serve
