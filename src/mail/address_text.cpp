#include "mail/address_text.hpp"

#include <algorithm>

namespace nexthopd::mail {

namespace {

constexpr std::string_view specials = "!#$%&'*+-/=?^_`{|}~.";

bool is_letter_or_digit(char c) {
    // Bytes beyond ASCII are letters of internationalised addresses.
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool in_local_part(char c) {
    return is_letter_or_digit(c) || specials.find(c) != std::string_view::npos;
}
bool in_domain(char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.';
}

/// Where the local part begins that ends before `at`: a quoted string, or a run of its characters.
std::size_t local_part_begin(std::string_view text, std::size_t from, std::size_t at) {
    if (at > from && text[at - 1] == '"') {
        const auto open = text.substr(0, at - 1).rfind('"');
        if (open != std::string_view::npos && open >= from) return open;
    }
    while (at > from && in_local_part(text[at - 1]))
        --at;
    return at;
}

}  // namespace

std::string replace_addresses(std::string_view text, const std::function<std::string(std::string_view)>& by) {
    std::string out;
    std::size_t told = 0;
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
        const auto begin = local_part_begin(text, told, at);
        auto end =
            std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(), in_domain) -
            text.begin();
        // A full stop behind it ends the sentence.
        while (static_cast<std::size_t>(end) > at + 1 && text[static_cast<std::size_t>(end) - 1] == '.')
            --end;
        const auto stop = static_cast<std::size_t>(end);
        if (begin == at || stop == at + 1) continue;
        out += text.substr(told, begin - told);
        out += by(text.substr(begin, stop - begin));
        told = stop;
        at = stop - 1;
    }
    out += text.substr(told);
    return out;
}

std::string without_local_part(std::string_view address) {
    const auto at = address.rfind('@');
    return '*' + std::string(at == std::string_view::npos ? std::string_view() : address.substr(at));
}

}  // namespace nexthopd::mail
