// What is likely to be a mistake in a script that Lua takes: names that nobody knows, hooks that are never
// called, locals that nothing reads, values that are pasted into SQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nexthopd::review {

struct Remark {
    int line = 0;
    std::string text;
};

/// By line. `known`: the names that scripts find, "print" or "nexthop.count"; `elsewhere`: globals of the
/// files that the script requires.
std::vector<Remark> remarks_on(std::string_view source, const std::vector<std::string>& known,
                               const std::vector<std::string>& elsewhere);

}  // namespace nexthopd::review
