#include "script/bind_sql.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::script {

namespace {

constexpr std::size_t most_places = 99;

/// Where the text, name or comment that begins at `at` ends; `at` where none begins.
std::size_t end_of_quoted(std::string_view sql, std::size_t at) {
    const auto behind = [&](std::string_view mark, std::size_t from) {
        const auto end = sql.find(mark, from);
        return end == std::string_view::npos ? sql.size() : end + mark.size();
    };
    const char c = sql[at];
    // A doubled quote ends one text and begins another, which comes to the same.
    if (c == '\'' || c == '"') return behind(std::string_view(&sql[at], 1), at + 1);
    if (sql.substr(at, 2) == "--") return std::min(sql.find_first_of("\r\n", at), sql.size());
    if (sql.substr(at, 2) == "/*") return behind("*/", at + 2);
    return at;
}

}  // namespace

bool append_text(std::string& out, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return false;
    out += '\'';
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    out += '\'';
    return true;
}

std::size_t bind_sql(std::string_view sql, std::string& out,
                     const std::function<void(std::size_t, std::string&)>& append) {
    out.clear();
    std::size_t highest = 0;
    for (std::size_t at = 0; at < sql.size();) {
        const auto quoted = end_of_quoted(sql, at);
        out.append(sql, at, quoted - at);
        if (quoted > at) {
            at = quoted;
            continue;
        }
        std::size_t digits = at + 1;
        std::size_t number = 0;
        while (sql[at] == '$' && digits < sql.size() && base::is_digit(sql[digits]) && number <= most_places)
            number = number * 10 + static_cast<std::size_t>(sql[digits++] - '0');
        if (number == 0 || number > most_places) {
            out += sql[at++];
            continue;
        }
        // Apart from what stands beside it: E'...' would read a backslash as more than that.
        out += ' ';
        append(number, out);
        out += ' ';
        highest = std::max(highest, number);
        at = digits;
    }
    return highest;
}

}  // namespace nexthopd::script
