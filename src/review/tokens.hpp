// The words of a Lua source (Lua 5.4 manual, §3.1), with their lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nexthopd::review {

struct Token {
    enum class Kind { name, keyword, number, text, symbol, end };
    Kind kind = Kind::end;
    std::string_view word;  // as written; of a text what stands between its quotes, escapes as they are
    int line = 0;

    bool is(std::string_view wanted) const {
        return (kind == Kind::symbol || kind == Kind::keyword) && word == wanted;
    }
};

/// Views into `source`; the last one is an `end`. Of a source that Lua would refuse, as far as it goes.
std::vector<Token> tokens_of(std::string_view source);

}  // namespace nexthopd::review
