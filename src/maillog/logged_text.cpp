#include "maillog/logged_text.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::maillog {

std::string logged_text(std::string_view text, std::size_t limit) {
    if (text.size() > limit) {
        // Not in the middle of a character.
        while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U)
            --limit;
        text = text.substr(0, limit);
    }
    std::string out(text);
    const auto unusual = [](char c) { return static_cast<unsigned char>(c - 0x20) >= 0x5F; };
    if (std::none_of(text.begin(), text.end(), unusual)) return out;
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    std::replace_if(out.begin(), out.end(), control, '?');
    const auto foreign = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    if (!base::is_utf8(out)) std::replace_if(out.begin(), out.end(), foreign, '?');
    return out;
}

}  // namespace nexthopd::maillog
