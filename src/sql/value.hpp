// What a part of an expression is: its SQLite text, its PostgreSQL type, and what is still to be decided.
//
// SQLite compares values of different types without a word; PostgreSQL refuses most such comparisons, and
// reads a bare '...' as whatever the other side is. So every part carries its type, and literals stay
// literals until their type is known.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sql/lexer.hpp"
#include "sql/time.hpp"

namespace nexthopd::sql {

/// unknown: a bare '...' or NULL. real: double precision. numeric: decimal constants and avg().
enum class Type { unknown, text, integer, numeric, real, boolean, timestamp, interval };

const char* to_text(Type type);
constexpr bool is_number(Type type) {
    return type == Type::integer || type == Type::numeric || type == Type::real;
}

/// A column of the view sendattempts, in its order.
struct Column {
    std::string_view name;
    Type type;
    bool few_values;  // a fixed vocabulary
};
const std::vector<Column>& attempt_columns();
const Column* find_column(std::string_view name);

struct UngroupedColumn {
    std::string name;
    std::size_t position;
};

struct Value {
    std::string sql;  // empty while the value is a literal or a time that is not settled yet
    Type type = Type::unknown;
    std::size_t position = 0;
    std::optional<std::size_t> literal;     // index into LexedSql::literals; unknown without one is NULL
    std::optional<std::int64_t> integer;    // an integer constant
    std::optional<Microseconds> span;       // of an interval, or of a time counted from now
    bool constant = false;                  // no column and no function in it
    std::optional<std::size_t> aggregate;   // where an aggregate function is in it
    bool few_values = false;                // what it is compared with stays in the text of the SQL
    std::optional<UngroupedColumn> column;  // the first one outside aggregates and GROUP BY
};

/// Takes over from a part what is true of the whole: aggregates and ungrouped columns in it.
void absorb(Value& whole, const Value& part);

/// A value that is bound when the statement runs: a text, a literal of the script, or now plus a span.
struct LiteralIndex {
    std::size_t index;
    bool operator==(const LiteralIndex&) const = default;
};
using Parameter = std::variant<std::string, LiteralIndex, Microseconds>;

/// What one translation collects: the parameters, and the first error. After an error what is returned
/// is of no use, but may be passed on; the walk is bounded, so it simply ends.
class Collected {
  public:
    explicit Collected(const LexedSql& lexed) : lexed_(lexed) {}

    void refuse(std::size_t position, std::string text) {
        if (!error_) error_ = SqlError{std::move(text), position};
    }
    const std::optional<SqlError>& error() const { return error_; }

    /// The index of the literal whose opening quote is at `position` and which reads `text`.
    std::optional<std::size_t> find_literal(std::size_t position, std::string_view text) const;
    const std::string& literal(const Value& value) const { return lexed_.literals[*value.literal].text; }

    /// `?N`, the same for the same parameter.
    std::string bind(Parameter parameter);

    /// Gives an unsettled value its SQL, a literal being read as `wanted`. In `few_values` context a
    /// literal becomes part of the SQL's text. What has its type already is left as it is.
    void settle(Value& value, Type wanted, bool few_values = false);
    /// Settles values that are compared with each other, or refuses types that PostgreSQL does not compare.
    void settle_together(const std::vector<Value*>& values, bool few_values = false);

    const std::vector<Parameter>& parameters() const { return parameters_; }

  private:
    void settle_literal(Value& value, Type wanted, bool few_values);

    const LexedSql& lexed_;
    std::vector<Parameter> parameters_;
    std::optional<SqlError> error_;
};

/// 'text' as an SQLite literal.
std::string sqlite_text(std::string_view text);
/// An SQLite integer: small ones as they stand; others bound, so that a pasted size is not a new SQL text.
std::string integer_sql(std::int64_t number, Collected& collected);
/// 12.5 as written when a double holds it exactly enough to compare (at most 15 digits, no exponent).
std::optional<std::string> decimal_sql(std::string_view text);

}  // namespace nexthopd::sql
