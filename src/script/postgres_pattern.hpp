// LIKE of PostgreSQL, which minds case, as GLOB of SQLite, which does so too (SQLite's LIKE does not,
// unless a pragma says so).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nexthopd::script {

/// The GLOB pattern for a LIKE pattern; `escape` is one character, or empty for none. nullopt when the
/// pattern ends with its escape character.
std::optional<std::string> glob_of_like(std::string_view like, std::string_view escape);

}  // namespace nexthopd::script
