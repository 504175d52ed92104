// Values of a script in the places $1, $2, … of its SQL. Pure.
//
// They become literals, which the translation of the SQL binds again as parameters of SQLite: so a text is
// never read as SQL, and statements that differ in their values alone are compiled once.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace nexthopd::script {

/// Appends `text` as a literal of PostgreSQL. False: it contains '\0', which no literal can.
bool append_text(std::string& out, std::string_view text);

/// Writes `sql` to `out`, with append(number, out) in the place of each $number outside of texts, names and
/// comments. The highest number.
std::size_t bind_sql(std::string_view sql, std::string& out,
                     const std::function<void(std::size_t, std::string&)>& append);

}  // namespace nexthopd::script
