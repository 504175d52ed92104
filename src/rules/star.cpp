#include "rules/star.hpp"

#include <vector>

namespace nexthopd::rules {

bool star_matches(std::string_view pattern, std::string_view text) {
    std::size_t at = 0, in_text = 0, star = std::string_view::npos, resume = 0;
    while (in_text < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resume = in_text;
        } else if (at < pattern.size() && pattern[at] == text[in_text]) {
            ++at;
            ++in_text;
        } else if (star != std::string_view::npos) {
            // The last star takes one character more; earlier ones need not be tried again.
            at = star + 1;
            in_text = ++resume;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*')
        ++at;
    return at == pattern.size();
}

bool stars_meet(std::string_view a, std::string_view b) {
    // meet[j]: the rest of `a` from i on and the rest of `b` from j on meet.
    std::vector<char> below(b.size() + 1), meet(b.size() + 1);
    for (std::size_t i = a.size() + 1; i-- > 0;) {
        for (std::size_t j = b.size() + 1; j-- > 0;) {
            const bool a_star = i < a.size() && a[i] == '*';
            const bool b_star = j < b.size() && b[j] == '*';
            if (i == a.size() && j == b.size())
                meet[j] = 1;
            else if (a_star || b_star)
                meet[j] = static_cast<char>((i < a.size() && (a_star || j < b.size()) && below[j] != 0) ||
                                            (j < b.size() && (b_star || i < a.size()) && meet[j + 1] != 0));
            else
                meet[j] =
                    static_cast<char>(i < a.size() && j < b.size() && a[i] == b[j] && below[j + 1] != 0);
        }
        below = meet;
    }
    return below[0] != 0;
}

}  // namespace nexthopd::rules
