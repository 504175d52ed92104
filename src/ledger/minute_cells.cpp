#include "ledger/minute_cells.hpp"

#include <optional>

namespace nexthopd::ledger {

namespace {

std::optional<unsigned> number_of(char result_class) {
    switch (result_class) {
        case '2':
            return 0;
        case '4':
            return 1;
        case '5':
            return 2;
        default:
            return std::nullopt;
    }
}

}  // namespace

void append_cell(std::string& cells, unsigned minute, char result_class, std::uint64_t count) {
    const auto number = number_of(result_class);
    if (!number || minute > 59) return;
    cells += static_cast<char>(minute << 2U | *number);
    for (; count > 0x7F; count >>= 7U)
        cells += static_cast<char>((count & 0x7FU) | 0x80U);
    cells += static_cast<char>(count);
}

std::uint64_t sum_cells(std::string_view cells, char result_class, std::int64_t first, std::int64_t last) {
    const auto wanted = number_of(result_class);
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < cells.size();) {
        const auto head = static_cast<unsigned char>(cells[at++]);
        std::uint64_t count = 0;
        for (unsigned shift = 0; at < cells.size(); shift += 7) {
            const auto byte = static_cast<unsigned char>(cells[at++]);
            if (shift < 63) count |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80U) break;
        }
        const auto minute = static_cast<std::int64_t>(head >> 2U);
        if (wanted && (head & 3U) == *wanted && minute >= first && minute <= last) sum += count;
    }
    return sum;
}

}  // namespace nexthopd::ledger
