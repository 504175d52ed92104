#include "sql/ast.hpp"

#include <fmt/format.h>
#include <pg_query.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace nexthopd::sql {

namespace {

struct ParseResult {
    explicit ParseResult(const std::string& sql) : value(pg_query_parse(sql.c_str())) {}
    ~ParseResult() { pg_query_free_parse_result(value); }
    ParseResult(const ParseResult&) = delete;
    ParseResult& operator=(const ParseResult&) = delete;
    PgQueryParseResult value;
};

/// PostgreSQL counts characters from 1.
std::size_t byte_offset(std::string_view sql, int cursor) {
    std::size_t at = 0;
    for (int i = 1; i < cursor && at < sql.size(); ++i)
        do
            ++at;
        while (at < sql.size() && (static_cast<unsigned char>(sql[at]) & 0xC0U) == 0x80U);
    return at;
}

std::optional<std::int64_t> parse_digits(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Node Node::operator[](const char* field) const {
    if (!json_ || !json_->is_object()) return Node();
    const auto found = json_->find(field);
    return found == json_->end() ? Node() : Node(&*found);
}

Node Node::at(std::size_t index) const {
    return index < size() ? Node(&(*json_)[index]) : Node();
}

std::string_view Node::type() const {
    if (!json_ || !json_->is_object() || json_->size() != 1) return {};
    return json_->begin().key();
}

Node Node::fields() const {
    return type().empty() ? Node() : Node(&*json_->begin());
}

std::string_view Node::text() const {
    const auto* text = json_ ? json_->get_ptr<const std::string*>() : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

std::string_view Node::unknown_field(std::initializer_list<std::string_view> known) const {
    if (!json_ || !json_->is_object()) return {};
    for (auto field = json_->begin(); field != json_->end(); ++field)
        if (std::find(known.begin(), known.end(), field.key()) == known.end()) return field.key();
    return {};
}

std::optional<std::size_t> Node::position() const {
    // Location 0 is left out like every other zero; -1 is "unknown", then an operand may know.
    const auto inner = fields();
    if (!inner) return std::nullopt;
    const auto location = inner["location"].number();
    if (location >= 0) return static_cast<std::size_t>(location);
    return inner["arg"] ? inner["arg"].position() : std::nullopt;
}

tl::expected<nlohmann::json, SqlError> parse_postgres(std::string_view sql) {
    const ParseResult result{std::string(sql)};
    if (const auto* error = result.value.error)
        // The message may quote the whole rest of the SQL.
        return tl::unexpected(SqlError{base::printable(error->message ? error->message : "syntax error", 200),
                                       byte_offset(sql, error->cursorpos)});
    auto tree = nlohmann::json::parse(result.value.parse_tree, nullptr, false);
    const auto statements = Node(&tree)["stmts"];
    if (statements.size() == 0) return tl::unexpected(SqlError{"there is no SQL: write a SELECT", 0});
    if (statements.size() > 1) {
        const auto second = statements.at(1)["stmt_location"].number();
        return tl::unexpected(SqlError{"one SELECT at a time: leave the second statement out",
                                       static_cast<std::size_t>(std::max<std::int64_t>(second, 0))});
    }
    return nlohmann::json(std::move(tree["stmts"][0]["stmt"]));
}

std::string_view plain_name(Node strings) {
    const auto name = [&](std::size_t i) { return strings.at(i).as("String")["sval"].text(); };
    if (strings.size() == 1) return name(0);
    if (strings.size() == 2 && name(0) == "pg_catalog") return name(1);
    return {};
}

std::optional<std::int64_t> integer_constant(Node constant, std::string_view sql) {
    if (const auto wide = constant["fval"]) return parse_digits(wide["fval"].text());
    const auto small = constant["ival"];
    if (!small) return std::nullopt;
    if (small["ival"]) return small["ival"].number();
    // libpg_query 15 leaves out negative numbers just like 0 (its bug 243): only the SQL tells.
    auto at = static_cast<std::size_t>(constant["location"].number());
    std::string digits;
    for (; at < sql.size() && (sql[at] == '-' || sql[at] == ' ' || base::is_digit(sql[at])); ++at) {
        if (sql[at] == ' ' && digits != "-") break;
        if (sql[at] != ' ') digits += sql[at];
    }
    const auto value = parse_digits(digits);
    return value && *value <= 0 ? value : std::nullopt;
}

}  // namespace nexthopd::sql
