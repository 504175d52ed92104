// The table of settings: each stands in it once, with all that is known of it.
#pragma once

#include <span>
#include <string_view>

#include "config/convert.hpp"
#include "config/settings.hpp"
#include "config/value.hpp"

namespace nexthopd::config {

/// Says of a key that it is known, but has no effect in this version. Setting it is refused, so that
/// nobody relies on what does not happen.
struct Pending {
    std::string_view why;  // empty: the key has its effect
    /// A value, as TOML, that may be set all the same because it asks for nothing. Where it is not
    /// empty it is also what the daemon starts with.
    std::string_view off = {};
};

struct Key {
    std::string_view path;      // "deadline.transport"; "postfix.name" is the name in each [[postfix]]
    std::string_view type;      // what to write: switch, choice, text, path, duration, size, rate, number,
                                // endpoint, list; or table_list
    std::string_view fallback;  // the default as TOML; empty: the key must be given
    std::string_view help;      // one line
    Pending pending;
    /// Stores a value, or says why it does not fit. Of a table_list: appends an element with defaults.
    void (*store)(Settings& settings, const Value& value, Unfits& faults);
};

/// The type of a key that opens a table of which there can be several, as in [[postfix]].
constexpr std::string_view table_list = "tables";

std::span<const Key> schema();

/// nullptr: no such key.
const Key* find_key(std::string_view path);
/// True for "deadline": a table of single keys.
bool is_section(std::string_view path);
/// What was meant by an unknown key, or empty.
std::string_view nearest_key(std::string_view path);

/// What the daemon does where nothing is set: the defaults, less what has no effect yet.
Settings defaults();

}  // namespace nexthopd::config
