#include "maillog/exim_address.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::maillog {

namespace {

/// Exim takes none that is longer than EXIM_EMAILADDR_MAX (256). It bounds the work for a line that is full
/// of " <".
constexpr std::size_t max_length = 1'024;

/// Where `close` ends what begins at `from`, quoted strings passed over.
std::size_t end_of(std::string_view text, std::size_t from, char close) {
    bool quoted = false;
    for (auto at = from; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            quoted = !quoted;
        else if (text[at] == close && !quoted)
            return at;
    }
    return std::string_view::npos;
}

/// True when `text` begins with the quoted form of `plain` and ">". deliver_split_address() of deliver.c:
/// quotes go, a backslash goes and the character behind it stays. Exim lowers the case of domains.
bool quoted_form_of(std::string_view plain, std::string_view text) {
    std::size_t at = 0;
    for (const char c : plain) {
        while (at < text.size() && text[at] == '"')
            ++at;
        if (at < text.size() && text[at] == '\\') ++at;
        if (at >= text.size() || base::ascii_lower(text[at]) != base::ascii_lower(c)) return false;
        ++at;
    }
    return at < text.size() && text[at] == '>';
}

/// Can this follow an address that has no blank?
bool may_follow(std::string_view text) {
    if (text.empty() || text.front() == ':') return true;
    if (text.size() < 2 || text.front() != ' ') return false;
    text.remove_prefix(1);
    if (text[0] == ':' || text[0] == '<' || text[0] == '(') return true;
    for (const std::string_view next :
         {"R=", "F=<", "P=<", "T=", "Q=", "S=", "H=", "defer (", "routing defer ("})
        if (text.starts_with(next)) return true;
    return false;
}

}  // namespace

std::string unquoted(std::string_view address) {
    std::string out;
    for (std::size_t at = 0; at < address.size(); ++at) {
        if (address[at] == '"') continue;
        if (address[at] == '\\' && at + 1 < address.size()) ++at;
        out += address[at];
    }
    return out;
}

std::optional<std::string_view> take_angles(std::string_view& text) {
    if (text.empty() || text.front() != '<') return std::nullopt;
    const auto end = end_of(text, 1, '>');
    if (end == std::string_view::npos) return std::nullopt;
    const auto inner = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return inner;
}

std::optional<EximAddress> take_exim_address(std::string_view& text) {
    EximAddress out;
    auto rest = text;
    const auto blank = text.find(' ');
    auto end = blank == std::string_view::npos ? text.size() : blank;
    // `** u@one.example: Unrouteable address`, but `=> :blackhole: <u@one.example>`
    if (end > 1 && text[end - 1] == ':' && text.front() != ':') --end;
    bool plausible = end > 0 && may_follow(text.substr(end));
    if (plausible) {
        out.address = text.substr(0, end);
        rest = text.substr(end);
        if (rest.starts_with(" (")) {
            const auto close = end_of(rest, 2, ')');
            plausible = close != std::string_view::npos;
            if (plausible) rest.remove_prefix(close + 1);
        }
        if (plausible && rest.starts_with(" <")) {
            rest.remove_prefix(1);
            const auto original = take_angles(rest);
            plausible = original.has_value();
            out.original = original.value_or(std::string_view());
        }
    }
    // Elsewhere the quoted form of all that stands before it: a local part with blanks.
    std::optional<EximAddress> quoted;
    std::size_t quoted_end = 0;
    const auto first_end = static_cast<std::size_t>(rest.data() - text.data());
    const auto longest = text.substr(0, max_length);
    for (auto at = longest.find(" <"); at != std::string_view::npos; at = longest.find(" <", at + 1)) {
        if (at == 0 || (plausible && at < first_end)) continue;
        const auto form = text.substr(at + 2);
        if (!quoted_form_of(text.substr(0, at), form)) continue;
        if (quoted || plausible) return std::nullopt;
        quoted = EximAddress{text.substr(0, at), {}};
        quoted_end = at + 2 + end_of(form, 0, '>') + 1;
    }
    if (quoted) {
        text.remove_prefix(std::min(quoted_end, text.size()));
        return quoted;
    }
    if (!plausible) return std::nullopt;
    text = rest;
    return out;
}

}  // namespace nexthopd::maillog
