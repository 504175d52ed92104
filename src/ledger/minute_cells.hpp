// How often a server answered in each minute of an hour, by class, in a few bytes.
//
// One byte for the minute (6 bits) and the class (2 bits), then the number, 7 bits a byte, lowest first.
// Texts are joined by writing one behind the other: a minute may occur more than once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nexthopd::ledger {

/// The attempts of class '2', '4' or '5'; others are not counted and append nothing.
void append_cell(std::string& cells, unsigned minute, char result_class, std::uint64_t count);

/// Attempts of the class in the minutes `first` … `last` of the hour. What is cut off or broken counts as
/// far as it can be read.
std::uint64_t sum_cells(std::string_view cells, char result_class, std::int64_t first, std::int64_t last);

}  // namespace nexthopd::ledger
