// One hook, called with arguments of one's choice: its lines, what it asked, and what it returned.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "answer/trace.hpp"
#include "base/error.hpp"
#include "script/vm.hpp"

namespace nexthopd::rehearse {

struct HookCall {
    std::string hook;                    // CheckServer
    std::vector<std::string> arguments;  // in its order, those at the end may be left out
    std::string database;                // of the ledger that queries read
};

struct HookOutcome {
    std::vector<answer::TraceStep> steps;  // what it printed and asked
    std::string returned;                  // "false, 10"
};

/// The error says what is wrong with the arguments, or in which line the hook failed.
base::Result<HookOutcome> run_hook(const std::shared_ptr<script::Vm>& vm, const HookCall& call);

}  // namespace nexthopd::rehearse
