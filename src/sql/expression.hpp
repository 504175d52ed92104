// Expressions of PostgreSQL's tree as SQLite text. A whitelist: what is not known here is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/ast.hpp"
#include "sql/compare.hpp"
#include "sql/value.hpp"

namespace nexthopd::sql {

class Expressions {
  public:
    /// `table` is the name that columns may be qualified with.
    Expressions(std::string_view sql, std::string_view table, Collected& collected)
        : sql_(sql), table_(table), collected_(collected) {}

    /// From now on columns within one of these texts count as grouped.
    void group_by(std::vector<std::string> groups) { groups_ = std::move(groups); }

    /// A settled value of any type.
    Value value(Node node);
    /// A settled boolean for `clause`.
    Value condition(Node node, std::string_view clause);
    /// A column of the table.
    Value column(std::string_view name, std::size_t position);
    /// True when `fields` (of a ColumnRef) is `*` or `table.*`; a wrong table is refused.
    bool is_star(Node fields, std::size_t position);

    void refuse(std::size_t position, std::string text) { collected_.refuse(position, std::move(text)); }
    /// Refuses fields of `what` that the whitelist does not know.
    void only(Node fields, std::size_t position, std::string_view what,
              std::initializer_list<std::string_view> known);

    static std::size_t position(Node node) { return node.position().value_or(0); }

  private:
    Value part(Node node);
    Value dispatch(Node node);
    Value column_reference(Node fields, std::size_t position);
    Value constant(Node fields, std::size_t position);
    Value operation(Node fields, std::size_t position);
    Value time_arithmetic(bool add, Node fields, std::size_t position);
    std::vector<Value> list(Node fields);
    Value pattern_match(Like how, Node fields, std::size_t position);
    Value logic(Node fields, std::size_t position);
    Value null_test(Node fields, std::size_t position);
    Value boolean_test(Node fields, std::size_t position);
    Value function(Node fields, std::size_t position);

    std::string_view sql_;
    std::string_view table_;
    Collected& collected_;
    std::vector<std::string> groups_;
    std::size_t depth_ = 0;
};

}  // namespace nexthopd::sql
