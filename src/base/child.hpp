// Runs a program and waits for it, with a time limit. Blocks: never on the answering thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace nexthopd::base {

struct ChildResult {
    int status = 0;      // exit status; 128 + signal number when a signal ended it
    std::string output;  // standard output, at most 64 MiB
    std::string errors;  // standard error, at most 4 KiB
};

/// `command` is an absolute path and its arguments; no shell sees them. The environment is PATH and LANG only.
/// Past `limit` the child is killed and an error returned. `input` is its standard input.
Result<ChildResult> run_child(const std::vector<std::string>& command, std::chrono::milliseconds limit,
                              std::string_view input = {});

}  // namespace nexthopd::base
