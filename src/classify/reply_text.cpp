#include "classify/reply_text.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::classify {

namespace {

constexpr auto npos = std::string_view::npos;

/// At most max_reply bytes, not ending within a character of UTF-8.
std::string_view cut(std::string_view text) {
    if (text.size() <= max_reply) return text;
    auto end = max_reply;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end);
}

bool is_code(std::string_view text) {
    return text.size() >= 3 && text[0] >= '2' && text[0] <= '5' && base::is_digit(text[1]) &&
           base::is_digit(text[2]);
}

struct Phase {
    std::string_view words;
    mail::Stage stage;
};

std::optional<mail::Stage> stage_of(std::string_view words) {
    constexpr Phase phases[] = {
        {"initial connection", mail::Stage::greeting},
        {"EHLO", mail::Stage::ehlo},
        {"HELO", mail::Stage::ehlo},
        {"STARTTLS", mail::Stage::tls},
        {"MAIL FROM", mail::Stage::mail},
        {"pipelined MAIL FROM", mail::Stage::mail},
        {"RCPT TO", mail::Stage::rcpt},
        {"pipelined RCPT TO", mail::Stage::rcpt},
        {"end of DATA", mail::Stage::eod},
        {"end of data", mail::Stage::eod},
        {"DATA", mail::Stage::data},
        {"pipelined DATA", mail::Stage::data},
    };
    for (const auto& [known, stage] : phases)
        if (words.starts_with(known)) return stage;
    return std::nullopt;
}

/// Postfix: `host H[IP] said: R (in reply to RCPT TO command)`, `host H[IP] refused to talk to me: R`.
void strip_postfix(std::string_view& text, std::optional<mail::Stage>& stage) {
    constexpr std::string_view tail = "(in reply to ";
    if (const auto at = text.rfind(tail); at != npos && text.ends_with(" command)")) {
        stage = stage_of(text.substr(at + tail.size()));
        text = base::trim(text.substr(0, at));
    }
    if (!text.starts_with("host ")) return;
    constexpr std::string_view said = "] said: ";
    constexpr std::string_view refused = "] refused to talk to me: ";
    if (const auto at = text.find(said); at != npos) {
        text.remove_prefix(at + said.size());
    } else if (const auto before = text.find(refused); before != npos) {
        text.remove_prefix(before + refused.size());
        stage = mail::Stage::greeting;
    }
}

/// Exim: `SMTP error from remote mail server after RCPT TO:<A>: R`, the host before these words, or after
/// the command with older ones. Newer ones say `after pipelined RCPT TO`.
void strip_exim(std::string_view& text, std::optional<mail::Stage>& stage) {
    constexpr std::string_view head = "SMTP error from remote mail server after ";
    const auto at = text.find(head);
    if (at == npos) return;
    auto rest = text.substr(at + head.size());
    stage = stage_of(rest);
    for (auto colon = rest.find(": "); colon != npos; colon = rest.find(": ", colon + 2)) {
        const auto after = rest.substr(colon + 2);
        if (after.starts_with("host ")) continue;
        text = after;
        return;
    }
}

bool ends_address(char c) {
    return static_cast<unsigned char>(c) <= ' ' || std::string_view("<>()[]{},;:'\"").find(c) != npos;
}

/// Appends a word, with each mail address in it shortened to its @.
void append_word(std::string& out, std::string_view word) {
    while (!word.empty()) {
        const auto at = word.find('@');
        if (at == npos) break;
        auto begin = at;
        while (begin > 0 && !ends_address(word[begin - 1]))
            --begin;
        auto end = at + 1;
        while (end < word.size() && !ends_address(word[end]))
            ++end;
        // "user@example.com..." and a full stop at the end of a sentence belong to the server's words.
        auto last = end;
        while (last > at + 1 && word[last - 1] == '.')
            --last;
        out += word.substr(0, begin);
        out += '@';
        word.remove_prefix(last);
    }
    out += word;
}

/// Puts the words of a reply of several lines in a row. What repeats the code is not a word of it:
/// `550-5.1.1 no such 550 5.1.1 user` is "550 5.1.1 no such user".
class Joiner {
  public:
    std::string run(std::string_view text) {
        out_.reserve(text.size());
        while (true) {
            const auto word = next_word(text);
            if (word.empty()) break;
            add(word);
        }
        return std::move(out_);
    }

  private:
    /// Exim writes a line end as backslash and n.
    static std::string_view next_word(std::string_view& text) {
        const auto skip = [&] {
            if (text.empty()) return std::size_t{0};
            if (static_cast<unsigned char>(text.front()) <= ' ') return std::size_t{1};
            return text.starts_with("\\n") || text.starts_with("\\r") ? std::size_t{2} : std::size_t{0};
        };
        while (const auto length = skip())
            text.remove_prefix(length);
        std::size_t end = 0;
        while (end < text.size() && static_cast<unsigned char>(text[end]) > ' ' &&
               !(text[end] == '\\' && end + 1 < text.size() &&
                 (text[end + 1] == 'n' || text[end + 1] == 'r') && is_code(text.substr(end + 2))))
            ++end;
        const auto word = text.substr(0, end);
        text.remove_prefix(end);
        return word;
    }

    void add(std::string_view word) {
        if (number_++ == 0) {
            if (is_code(word) && (word.size() == 3 || word[3] == '-' || word[3] == ' ')) {
                code_ = word.substr(0, 3);
                several_ = word.size() > 3;
                append(code_);
                if (several_) second(word.substr(4));
                return;
            }
            return append(word);
        }
        if (number_ == 2 && enhanced_.empty() && !code_.empty() && !several_) return second(word);
        if (!code_.empty() && word.starts_with(code_) && word.size() > 3 && word[3] == '-') {
            several_ = true;
            word.remove_prefix(4);
            after_code_ = false;
            if (word != enhanced_ && !word.empty()) append(word);
            return;
        }
        if (several_ && word == code_) {
            after_code_ = true;
            return;
        }
        const bool repeated = after_code_ && word == enhanced_;
        after_code_ = false;
        if (!repeated) append(word);
    }

    /// The word after the code: where it is a status code, it stands again in each line.
    void second(std::string_view word) {
        if (word.size() >= 5 && word[1] == '.' && base::is_digit(word[0])) enhanced_ = word;
        if (!word.empty()) append(word);
    }

    void append(std::string_view word) {
        if (!out_.empty()) out_ += ' ';
        append_word(out_, word);
    }

    std::string out_;
    std::string_view code_;
    std::string_view enhanced_;
    std::size_t number_ = 0;
    bool several_ = false;     // a continuation line was met
    bool after_code_ = false;  // the last line's code was just met
};

}  // namespace

ReplyText reply_text(std::string_view logged) {
    auto text = base::trim(logged);
    ReplyText out;
    strip_postfix(text, out.stage);
    strip_exim(text, out.stage);
    out.text = Joiner().run(cut(text));
    return out;
}

}  // namespace nexthopd::classify
