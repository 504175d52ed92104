#include "script/postgres_pattern.hpp"

namespace nexthopd::script {

std::optional<std::string> glob_of_like(std::string_view like, std::string_view escape) {
    std::string glob;
    const auto literal = [&](char c) {
        // GLOB has no escape character; a set of one does it. ] is special only within a set.
        if (c == '*' || c == '?' || c == '[')
            glob += {'[', c, ']'};
        else
            glob += c;
    };
    for (std::size_t i = 0; i < like.size(); ++i) {
        if (!escape.empty() && like[i] == escape[0]) {
            if (++i == like.size()) return std::nullopt;
            literal(like[i]);
        } else if (like[i] == '%') {
            if (glob.empty() || glob.back() != '*') glob += '*';
        } else if (like[i] == '_') {
            glob += '?';
        } else {
            literal(like[i]);
        }
    }
    return glob;
}

}  // namespace nexthopd::script
