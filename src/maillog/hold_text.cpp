#include "maillog/hold_text.hpp"

#include "maillog/take.hpp"

namespace nexthopd::maillog {

std::string hold_id_in(std::string_view text) {
    if (!take(text, "delayed by local policy until ")) return {};
    constexpr std::string_view introduction = " (nexthopd ";
    const auto at = text.rfind(introduction);
    if (at == std::string_view::npos || at == 0 || text.back() != ')') return {};
    const auto id = text.substr(at + introduction.size(), text.size() - at - introduction.size() - 1);
    constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    constexpr std::size_t shortest = 5;
    constexpr std::size_t longest = 26;
    if (id.size() < shortest || id.size() > longest ||
        id.find_first_not_of(crockford) != std::string_view::npos)
        return {};
    return std::string(id);
}

}  // namespace nexthopd::maillog
