// A TOML value with the place where it stands: what toml.cpp makes and the schema reads.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace nexthopd::config {

struct Place {
    std::uint32_t line = 0;    // from 1; 0: the file as a whole
    std::uint32_t column = 0;  // from 1, in characters
    friend bool operator==(const Place&, const Place&) = default;
    friend bool operator<(const Place& a, const Place& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    }
};

struct Member;

struct Value {
    struct Time {};  // a date or a time: no setting is one
    using Array = std::vector<Value>;
    using Table = std::vector<Member>;
    Place place;
    std::variant<Time, bool, std::int64_t, double, std::string, Array, Table> content;
};

struct Member {
    std::string key;
    Place place;
    Value value;
};

/// The value as an administrator would write it, safe for a terminal, long ones shortened.
std::string spelling(const Value& value);

}  // namespace nexthopd::config
