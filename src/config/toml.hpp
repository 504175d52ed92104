// TOML text -> values. The parser library lives in toml.cpp only.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/value.hpp"

namespace nexthopd::config {

/// Something wrong, and where in the file.
struct Fault {
    Place place;
    std::string text;
};

/// No setting is nested deeper than three names. The parser frees nested tables by recursion: a key of
/// 200 000 dots overflowed the stack.
constexpr unsigned max_dots_in_key = 16;

/// The table of a whole file, members in no particular order. A byte order mark is skipped. Duplicate
/// keys, broken UTF-8 and more than 256 nested values are faults.
tl::expected<Value::Table, Fault> parse_toml(std::string_view text);

}  // namespace nexthopd::config
