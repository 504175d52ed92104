#include "review/names.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "review/tokens.hpp"

namespace nexthopd::review {

namespace {

using Kind = Token::Kind;

// Lua's own limit of nested levels is 200 (LUAI_MAXCCALLS).
constexpr int deepest = 250;
constexpr std::array<std::string_view, 4> unary = {"-", "not", "#", "~"};
constexpr std::array<std::string_view, 21> binary = {"+",  "-", "*",  "/",  "//", "^",   "%",
                                                     "&",  "~", "|",  "<<", ">>", "..",  "<",
                                                     "<=", ">", ">=", "==", "~=", "and", "or"};

template <std::size_t N>
bool is_one_of(const Token& token, const std::array<std::string_view, N>& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return token.is(word); });
}

/// "... WHERE server = '" and the like, but not "the server '".
bool opens_sql_quote(const Token& token) {
    auto text = token.word;
    if (token.kind != Kind::text || !text.ends_with('\'')) return false;
    text.remove_suffix(text.ends_with("\\'") ? 2 : 1);
    text = base::trim(text);
    return !text.empty() &&
           (std::string_view("=<>(,").find(text.back()) != text.npos ||
            base::lower(text.substr(text.size() - std::min<std::size_t>(text.size(), 4))) == "like");
}

class Walk {
  public:
    explicit Walk(std::string_view source) : tokens_(tokens_of(source)) {}

    Names run() {
        block();
        return std::move(out_);
    }

  private:
    struct Local {
        std::string_view name;
        int line = 0;
        bool read = false;
        bool told = false;  // when it is never read
    };

    const Token& now() const { return tokens_[at_]; }
    const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
    void next() {
        if (at_ + 1 < tokens_.size()) ++at_;
    }
    bool accept(std::string_view word) {
        if (!now().is(word)) return false;
        next();
        return true;
    }
    /// Nothing after this is understood.
    void give_up() { at_ = tokens_.size() - 1; }
    bool over() const { return now().kind == Kind::end; }
    bool ends_block() const {
        return over() || now().is("end") || now().is("else") || now().is("elseif") || now().is("until");
    }

    void declare(const Token& name, bool told) {
        if (name.kind == Kind::name) locals_.push_back({name.word, name.line, false, told});
    }
    void leave(std::size_t scope) {
        while (locals_.size() > scope) {
            const auto& local = locals_.back();
            if (!local.read && local.told && !local.name.starts_with('_'))
                out_.unused.push_back({std::string(local.name), local.line});
            locals_.pop_back();
        }
    }
    Local* find(std::string_view name) {
        const auto found = std::find_if(locals_.rbegin(), locals_.rend(),
                                        [&](const Local& local) { return local.name == name; });
        return found == locals_.rend() ? nullptr : &*found;
    }

    void block() {
        if (++depth_ > deepest) give_up();
        const auto scope = locals_.size();
        while (!ends_block()) {
            const auto before = at_;
            statement();
            if (at_ == before) give_up();
        }
        leave(scope);
        --depth_;
    }
    void block_until_end() {
        block();
        accept("end");
    }

    void statement() {
        if (accept(";") || accept("break")) return;
        if (accept("::")) {
            next();
            accept("::");
        } else if (accept("goto")) {
            next();
        } else if (accept("do")) {
            block_until_end();
        } else if (accept("while")) {
            expression();
            accept("do");
            block_until_end();
        } else if (accept("repeat")) {
            repeat();
        } else if (accept("if")) {
            branches();
        } else if (accept("for")) {
            loop();
        } else if (accept("function")) {
            global_function();
        } else if (accept("local")) {
            local();
        } else if (accept("return")) {
            if (!ends_block() && !now().is(";")) expressions();
        } else {
            assignment_or_call();
        }
    }

    /// Its condition sees the locals of its block.
    void repeat() {
        const auto scope = locals_.size();
        while (!ends_block()) {
            const auto before = at_;
            statement();
            if (at_ == before) give_up();
        }
        if (accept("until")) expression();
        leave(scope);
    }

    void branches() {
        do {
            expression();
            accept("then");
            block();
        } while (accept("elseif"));
        if (accept("else")) block();
        accept("end");
    }

    void loop() {
        const auto scope = locals_.size();
        std::vector<Token> names;
        do {
            names.push_back(now());
            next();
        } while (accept(","));
        if (!accept("=")) accept("in");
        expressions();
        for (const auto& name : names)
            declare(name, false);
        accept("do");
        block_until_end();
        leave(scope);
    }

    /// function a.b:c() ... end
    void global_function() {
        const auto name = now();
        next();
        bool plain = true;
        bool method = false;
        while (now().is(".") || now().is(":")) {
            method = now().is(":");
            plain = false;
            next();
            next();
        }
        if (auto* const known = find(name.word))
            known->read = known->read || !plain;
        else
            (plain ? out_.defined : out_.used).push_back({std::string(name.word), name.line});
        body(method);
    }

    void local() {
        if (accept("function")) {
            declare(now(), true);
            next();
            body(false);
            return;
        }
        std::vector<Token> names;
        do {
            names.push_back(now());
            next();
            if (accept("<")) {  // an attribute
                next();
                accept(">");
            }
        } while (accept(","));
        if (accept("=")) expressions();
        for (const auto& name : names)
            declare(name, true);
    }

    void assignment_or_call() {
        const bool is_name = now().kind == Kind::name;
        const auto name = now();
        if (is_name && (ahead().is("=") || ahead().is(","))) {
            next();
            if (find(name.word) == nullptr) out_.defined.push_back({std::string(name.word), name.line});
        } else {
            suffixed();
        }
        while (accept(",")) {
            if (now().kind == Kind::name && (ahead().is("=") || ahead().is(","))) {
                if (find(now().word) == nullptr)
                    out_.defined.push_back({std::string(now().word), now().line});
                next();
            } else {
                suffixed();
            }
        }
        if (accept("=")) expressions();
    }

    void body(bool method) {
        const auto scope = locals_.size();
        if (method) declare({Kind::name, "self", now().line}, false);
        accept("(");
        while (!over() && !accept(")")) {
            if (now().kind == Kind::name) declare(now(), false);
            next();
        }
        block_until_end();
        leave(scope);
    }

    void expressions() {
        do
            expression();
        while (accept(","));
    }

    void expression() {
        if (++depth_ > deepest) give_up();
        while (!over()) {
            while (is_one_of(now(), unary))
                next();
            const auto operand = at_;
            simple();
            if (!is_one_of(now(), binary)) break;
            if (now().is("..") && at_ == operand + 1 && opens_sql_quote(tokens_[operand]) &&
                ahead().kind == Kind::name)
                out_.pasted.push_back({std::string(ahead().word), ahead().line});
            next();
        }
        --depth_;
    }

    void simple() {
        if (accept("function")) return body(false);
        if (now().is("{")) return table();
        if (now().kind == Kind::name || now().is("(")) return suffixed();
        // A number, a text, nil, true, false, `...`
        if (!ends_block()) next();
        if (tokens_[at_].is("(") || tokens_[at_].is(":")) suffixes();
    }

    void table() {
        accept("{");
        while (!over() && !accept("}")) {
            const auto before = at_;
            if (accept("[")) {
                expression();
                accept("]");
                accept("=");
                expression();
            } else if (now().kind == Kind::name && ahead().is("=")) {
                next();
                next();
                expression();
            } else {
                expression();
            }
            if (!accept(",")) accept(";");
            if (at_ == before) give_up();
        }
    }

    void suffixed() {
        if (accept("(")) {
            expression();
            accept(")");
        } else if (now().kind == Kind::name) {
            use();
        }
        suffixes();
    }

    /// A name, with the fields that follow it where it is a global.
    void use() {
        const auto name = now();
        next();
        if (auto* const known = find(name.word)) {
            known->read = true;
            return;
        }
        std::string path(name.word);
        while (now().is(".") && ahead().kind == Kind::name) {
            next();
            path += '.' + std::string(now().word);
            next();
        }
        out_.used.push_back({std::move(path), name.line});
    }

    void suffixes() {
        while (!over()) {
            if (accept(".") || accept(":")) {
                next();
            } else if (accept("[")) {
                expression();
                accept("]");
            } else if (accept("(")) {
                if (!now().is(")")) expressions();
                accept(")");
            } else if (now().is("{")) {
                table();
            } else if (now().kind == Kind::text) {
                next();
            } else {
                return;
            }
        }
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::vector<Local> locals_;
    Names out_;
};

}  // namespace

Names names_of(std::string_view source) {
    return Walk(source).run();
}

}  // namespace nexthopd::review
