#include "review/tokens.hpp"

#include <algorithm>
#include <array>

namespace nexthopd::review {

namespace {

using Kind = Token::Kind;

constexpr std::array<std::string_view, 22> keywords = {
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
// Longer ones first.
constexpr std::array<std::string_view, 11> long_symbols = {
    "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>", "->"};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class Scanner {
  public:
    explicit Scanner(std::string_view source) : rest_(source) {}

    Token next() {
        skip_blanks();
        if (rest_.empty()) return {Kind::end, {}, line_};
        const char c = rest_.front();
        if (is_letter(c)) return word();
        if (is_digit(c) || (c == '.' && rest_.size() > 1 && is_digit(rest_[1]))) return number();
        if (c == '"' || c == '\'') return quoted(c);
        if (const auto level = long_bracket()) return long_text(level);
        for (const auto symbol : long_symbols)
            if (rest_.starts_with(symbol)) return take(Kind::symbol, symbol.size());
        return take(Kind::symbol, 1);
    }

  private:
    Token take(Kind kind, std::size_t length) {
        const Token out{kind, rest_.substr(0, length), line_};
        advance(length);
        return out;
    }
    void advance(std::size_t length) {
        length = std::min(length, rest_.size());
        line_ += static_cast<int>(
            std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(length), '\n'));
        rest_.remove_prefix(length);
    }

    void skip_blanks() {
        while (!rest_.empty()) {
            if (rest_.starts_with("--")) {
                rest_.remove_prefix(2);
                if (const auto level = long_bracket())
                    long_text(level);
                else
                    advance(rest_.find('\n'));
            } else if (rest_.front() == ' ' || (rest_.front() >= '\t' && rest_.front() <= '\r')) {
                advance(1);
            } else {
                return;
            }
        }
    }

    Token word() {
        std::size_t length = 1;
        while (length < rest_.size() && (is_letter(rest_[length]) || is_digit(rest_[length])))
            ++length;
        auto out = take(Kind::name, length);
        if (std::binary_search(keywords.begin(), keywords.end(), out.word)) out.kind = Kind::keyword;
        return out;
    }

    Token number() {
        std::size_t length = 1;
        while (length < rest_.size()) {
            const char c = rest_[length];
            const char before = static_cast<char>(rest_[length - 1] | 0x20);
            const bool exponent = (c == '+' || c == '-') && (before == 'e' || before == 'p');
            if (!is_letter(c) && !is_digit(c) && c != '.' && !exponent) break;
            ++length;
        }
        return take(Kind::number, length);
    }

    Token quoted(char quote) {
        std::size_t end = 1;
        while (end < rest_.size() && rest_[end] != quote)
            end += rest_[end] == '\\' ? 2 : 1;
        end = std::min(end, rest_.size());
        const Token out{Kind::text, rest_.substr(1, end - 1), line_};
        advance(end + 1);
        return out;
    }

    /// The length of "[[" or "[==[" here; 0: neither.
    std::size_t long_bracket() const {
        if (!rest_.starts_with('[')) return 0;
        const auto second = rest_.find_first_not_of('=', 1);
        return second != rest_.npos && rest_[second] == '[' ? second + 1 : 0;
    }
    Token long_text(std::size_t bracket) {
        const auto closing = "]" + std::string(bracket - 2, '=') + "]";
        const auto end = std::min(rest_.find(closing, bracket), rest_.size());
        const Token out{Kind::text, rest_.substr(bracket, end - bracket), line_};
        advance(end + closing.size());
        return out;
    }

    std::string_view rest_;
    int line_ = 1;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source) {
    Scanner scanner(source);
    std::vector<Token> out;
    do
        out.push_back(scanner.next());
    while (out.back().kind != Kind::end);
    return out;
}

}  // namespace nexthopd::review
