// Small operations on text that the standard library lacks. ASCII only: bytes of UTF-8 pass unchanged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nexthopd::base {

constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t';
}
constexpr bool is_white(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Without leading and trailing blanks, tabs and line ends.
std::string_view trim(std::string_view text);

/// The parts between separators, empty ones kept; views into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The whole of `text` as a decimal number within [0, max]; nullopt for signs, blanks, anything else.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max = UINT64_MAX);

/// Safe for a log line or a terminal: control characters and bytes of broken UTF-8 as \xNN, a
/// backslash doubled, at most `limit` bytes of input (then "..." is appended).
std::string printable(std::string_view text, std::size_t limit = 1000);

/// True when the whole of `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// The known word nearest to `word` for "did you mean", or empty when none is near enough.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace nexthopd::base
