#include "config/toml.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <optional>

#include "base/text.hpp"

namespace nexthopd::config {

namespace {

Place to_place(const toml::source_position& position) {
    return {position.line, position.column};
}

Value to_value(const toml::node& node);

Value::Table to_table(const toml::table& table) {
    Value::Table out;
    for (auto&& [key, node] : table) {
        const auto place = to_place(key.source().begin);
        out.push_back({std::string(key.str()), place, to_value(node)});
    }
    return out;
}

Value to_value(const toml::node& node) {
    Value out;
    out.place = to_place(node.source().begin);
    if (const auto* text = node.as_string()) out.content = text->get();
    if (const auto* number = node.as_integer()) out.content = number->get();
    if (const auto* number = node.as_floating_point()) out.content = number->get();
    if (const auto* choice = node.as_boolean()) out.content = choice->get();
    if (const auto* table = node.as_table()) out.content = to_table(*table);
    if (const auto* array = node.as_array()) {
        Value::Array elements;
        for (const auto& element : *array)
            elements.push_back(to_value(element));
        out.content = std::move(elements);
    }
    return out;
}

/// Walks over the strings and comments of TOML and counts the dots of each key.
class DotCounter {
  public:
    explicit DotCounter(std::string_view text) : text_(text) {}

    /// Where a key has more than max_dots_in_key dots.
    std::optional<Place> excess() {
        unsigned dots = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"' || c == '\'') {
                skip_string(c);
                continue;
            }
            if (c == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
                continue;
            }
            if (c == '.' && ++dots > max_dots_in_key) return place();
            if (std::string_view("=[]{},\n").find(c) != std::string_view::npos) dots = 0;
            ++at_;
        }
        return std::nullopt;
    }

  private:
    void skip_string(char quote) {
        const std::string three(3, quote);
        const bool long_form = text_.substr(at_).starts_with(three);
        at_ += long_form ? 3 : 1;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '\\' && quote == '"') {
                at_ += 2;
                continue;
            }
            if (c == '\n' && !long_form) return;  // a fault, which the parser reports
            if (long_form ? text_.substr(at_).starts_with(three) : c == quote) break;
            ++at_;
        }
        at_ += long_form ? 3 : 1;
        // A long string may end in up to two quotes of its own ("""a"""""); one more starts a string.
        for (int i = 0; i < 2 && long_form && at_ < text_.size() && text_[at_] == quote; ++i)
            ++at_;
    }

    Place place() const {
        Place out{1, 1};
        for (const char c : text_.substr(0, at_)) {
            ++out.column;
            if (c == '\n') out = {out.line + 1, 1};
        }
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// The parser's words, less its own grammar, and for the common mistakes what to do.
std::string plain_words(std::string_view text) {
    const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
    constexpr std::string_view redefine = "cannot redefine existing ";
    if (const auto at = text.find(redefine); at != std::string_view::npos) {
        const auto words = text.substr(at + redefine.size());
        const auto open = words.find('\'');
        const auto name = words.substr(open + 1, words.find('\'', open + 1) - open - 1);
        return has("table header") ? fmt::format("[{}] stands here already: keep its keys in one place",
                                                 base::printable(name))
                                   : fmt::format("\"{}\" is set a second time in this file: remove one",
                                                 base::printable(name));
    }
    if (has("could not determine value type") || has("parsing boolean") || has("parsing decimal integer") ||
        has("parsing floating-point") || has("parsing date") || has("parsing time"))
        return "this value is not understood: texts, durations and sizes stand in double quotes";
    if (has("end-of-file") || has("expected value, saw"))
        return "the line ends too early: a value, a quote or a bracket is missing";
    constexpr std::string_view prefix = "Error while parsing ";
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    return fmt::format("not TOML: {}", base::printable(text));
}

}  // namespace

tl::expected<Value::Table, Fault> parse_toml(std::string_view text) {
    if (const auto place = DotCounter(text).excess())
        return tl::unexpected(Fault{*place, "this key has too many dots"});
    try {
        return to_table(toml::parse(text));
    } catch (const toml::parse_error& error) {
        return tl::unexpected(Fault{to_place(error.source().begin), plain_words(error.description())});
    }
}

}  // namespace nexthopd::config
