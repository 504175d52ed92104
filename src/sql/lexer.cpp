#include "sql/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace nexthopd::sql {

namespace {

constexpr bool is_word_start(char c) {
    const char lower = base::ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
// PostgreSQL's identifiers may contain $ too; it is refused everywhere, so it need not be known here.
constexpr bool is_word(char c) {
    return is_word_start(c) || base::is_digit(c);
}

class Scan {
  public:
    explicit Scan(std::string_view sql) : sql_(sql) { lexed_.shape.reserve(sql.size()); }

    tl::expected<LexedSql, SqlError> run() {
        if (sql_.size() > max_sql_bytes) return refuse(max_sql_bytes, "the SQL is longer than 16 KiB");
        // The parser takes a C string: behind a NUL byte it would see less than this scan.
        if (const auto nul = sql_.find('\0'); nul != sql_.npos)
            return refuse(nul, "the SQL contains a NUL byte");
        if (!base::is_utf8(sql_)) return refuse(0, "the SQL is not UTF-8");
        while (at_ < sql_.size() && !error_)
            step();
        if (!error_ && depth_ > 0) fail(sql_.size(), "a closing parenthesis is missing");
        if (error_) return tl::unexpected(*error_);
        return std::move(lexed_);
    }

  private:
    static tl::unexpected<SqlError> refuse(std::size_t position, std::string text) {
        return tl::unexpected(SqlError{std::move(text), position});
    }
    void fail(std::size_t position, std::string text) { error_ = SqlError{std::move(text), position}; }
    bool follows(std::string_view text) const { return sql_.substr(at_, text.size()) == text; }

    void step() {
        const char c = sql_[at_];
        if (base::is_white(c)) return keep(1);
        if (follows("--")) return keep(std::min(sql_.find_first_of("\r\n", at_), sql_.size()) - at_);
        if (follows("/*")) return comment();
        if (++tokens_ > max_sql_tokens)
            return fail(at_, fmt::format("the SQL has more than {} words and signs", max_sql_tokens));
        if (c == '\'') return literal();
        if (c == '"') return quoted_name();
        if (c == '$') return fail(at_, "$ is not supported: write text as '...'");
        if (is_word_start(c)) return word();
        if (base::is_digit(c)) return number();
        if (c == '(' || c == '[') {
            if (++depth_ > max_sql_nesting)
                return fail(at_, fmt::format("parentheses are nested deeper than {}", max_sql_nesting));
        } else if ((c == ')' || c == ']') && depth_-- == 0) {
            return fail(at_, "there is no opening parenthesis for this one");
        }
        keep(1);
    }

    void keep(std::size_t count) {
        lexed_.shape.append(sql_.substr(at_, count));
        at_ += count;
    }

    void comment() {
        const auto end = sql_.find("*/", at_ + 2);
        if (end == sql_.npos) return fail(at_, "this comment does not end: write */");
        // PostgreSQL nests comments, in quadratic time.
        const auto inner = sql_.find("/*", at_ + 2);
        if (inner < end) return fail(inner, "a comment within a comment is not supported");
        keep(end + 2 - at_);
    }

    void literal() {
        Literal found{at_, {}};
        for (std::size_t i = at_ + 1; i < sql_.size(); ++i) {
            if (sql_[i] == '\'') {
                if (i + 1 == sql_.size() || sql_[i + 1] != '\'') {
                    lexed_.shape += "''";
                    at_ = i + 1;
                    lexed_.literals.push_back(std::move(found));
                    return;
                }
                ++i;
            }
            found.text += sql_[i];
        }
        fail(at_, "this text does not end: write a quote (') behind it, and a quote within it twice");
    }

    void quoted_name() {
        // A doubled quote ends one name here and starts another: the same bytes are kept.
        const auto end = sql_.find('"', at_ + 1);
        if (end == sql_.npos) return fail(at_, "this quoted name does not end: write \"");
        keep(end + 1 - at_);
    }

    void word() {
        auto end = at_ + 1;
        while (end < sql_.size() && is_word(sql_[end]))
            ++end;
        const auto text = sql_.substr(at_, end - at_);
        const auto next = sql_.substr(end, 2);
        const bool prefix = text.size() == 1 && next.substr(0, 1) == "'" &&
                            std::string_view("bBeEnNxX").find(text[0]) != text.npos;
        const bool unicode = (text == "u" || text == "U") && (next == "&'" || next == "&\"");
        if (prefix || unicode)
            return fail(at_,
                        fmt::format("{}'...' is not supported: write plain '...'", unicode ? "U&" : text));
        keep(text.size());
    }

    void number() {
        auto end = at_ + 1;
        while (end < sql_.size() && base::is_digit(sql_[end]))
            ++end;
        keep(end - at_);
    }

    std::string_view sql_;
    std::size_t at_ = 0;
    std::size_t tokens_ = 0;
    std::size_t depth_ = 0;
    LexedSql lexed_;
    std::optional<SqlError> error_;
};

}  // namespace

tl::expected<LexedSql, SqlError> lex_postgres(std::string_view sql) {
    return Scan(sql).run();
}

}  // namespace nexthopd::sql
