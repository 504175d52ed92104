// PostgreSQL's own parser, and its tree as something that can be walked without surprises.
#pragma once

#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>

#include "sql/lexer.hpp"

namespace nexthopd::sql {

/// A place in the tree; absent places are nodes too, empty ones. A view: the tree must outlive it.
class Node {
  public:
    Node() = default;
    explicit Node(const nlohmann::json* json) : json_(json) {}

    explicit operator bool() const { return json_ != nullptr; }
    Node operator[](const char* field) const;
    /// Elements of an array; a node that is none has no elements.
    std::size_t size() const { return json_ && json_->is_array() ? json_->size() : 0; }
    Node at(std::size_t index) const;

    /// The tree writes a typed node as {"A_Const": {...}}: its type and its fields.
    std::string_view type() const;
    Node fields() const;
    Node as(std::string_view wanted) const { return type() == wanted ? fields() : Node(); }

    std::string_view text() const;
    /// Numbers that are 0, texts that are empty and flags that are false are left out of the tree.
    std::int64_t number() const {
        return json_ && json_->is_number_integer() ? json_->get<std::int64_t>() : 0;
    }
    bool flag() const { return json_ && json_->is_boolean() && json_->get<bool>(); }

    /// The first field that is not among `known`, or empty: what a whitelist does not know is refused.
    std::string_view unknown_field(std::initializer_list<std::string_view> known) const;
    /// Byte offset in the SQL of a typed node, nullopt where the tree does not tell.
    std::optional<std::size_t> position() const;

  private:
    const nlohmann::json* json_ = nullptr;
};

/// The tree of one statement. `sql` has passed lex_postgres. Errors are those of PostgreSQL's grammar.
tl::expected<nlohmann::json, SqlError> parse_postgres(std::string_view sql);

/// The last of a list of String nodes (a name with or without schema): pg_catalog or nothing before it,
/// else empty.
std::string_view plain_name(Node strings);

/// An integer constant (the fields of an A_Const), which fits 64 bits; nullopt for every other constant.
std::optional<std::int64_t> integer_constant(Node constant, std::string_view sql);

}  // namespace nexthopd::sql
