// Which names a Lua source defines and uses: its globals, and the locals that nothing reads.
//
// Lua has compiled the source before, so its grammar is not checked again: what makes no sense ends the walk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nexthopd::review {

struct Name {
    std::string path;  // "print", or with its fields "nexthop.count"
    int line = 0;
};

/// A value between the quotes of an SQL text: `"... server = '" .. mxserver`.
struct PastedValue {
    std::string name;
    int line = 0;
};

struct Names {
    std::vector<Name> used;     // globals that are read or called
    std::vector<Name> defined;  // globals that are assigned
    std::vector<Name> unused;   // locals that are never read; not parameters, loop variables, or _names
    std::vector<PastedValue> pasted;
};

Names names_of(std::string_view source);

}  // namespace nexthopd::review
