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
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    const auto foreign = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    std::string out(text);
    std::replace_if(out.begin(), out.end(), control, '?');
    if (std::any_of(out.begin(), out.end(), foreign) && !base::is_utf8(out))
        std::replace_if(out.begin(), out.end(), foreign, '?');
    return out;
}

}  // namespace nexthopd::maillog
