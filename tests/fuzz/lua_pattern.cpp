// "how\npattern\nreplacement\nsubject" -> find, match, gmatch, gsub of scripts, and Lua's own beside them:
// results and errors have to be the same.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../unit/script/stock_lua.hpp"

using namespace nexthopd::script;

namespace {

constexpr std::array functions = {"find", "plain",     "match",      "gmatch",
                                  "gsub", "gsub some", "gsub table", "gsub function"};

std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static LuaState state(64U << 20U);
    static test::StringLibrary stock;
    static test::StringLibrary ours(state);

    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const auto how = take_line(rest);
    const auto pattern = take_line(rest);
    const auto replacement = take_line(rest);
    const auto* const function =
        functions[how.empty() ? 0 : static_cast<unsigned char>(how[0]) % functions.size()];
    const auto fourth = how.size() < 2 ? 1 : static_cast<signed char>(how[1]);

    const auto found = ours.call(function, rest, pattern, replacement, fourth);
    // Lua's own would take as long, or forever.
    if (found.find("the pattern needs more than") != std::string::npos) return 0;
    const auto wanted = stock.call(function, rest, pattern, replacement, fourth);
    if (found == wanted) return 0;
    std::fprintf(stderr, "%s\n  ours  %s\n  Lua's %s\n", function, found.c_str(), wanted.c_str());
    std::abort();
}
