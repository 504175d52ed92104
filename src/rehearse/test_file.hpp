// Tests of scripts, written in Lua: nexthopd-script(5) describes what they may say.
//
// A test file is the administrator's own program: it has Lua's whole library and no limits.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "rehearse/stage.hpp"

namespace nexthopd::rehearse {

struct TestResult {
    std::string name;
    std::string failure;             // with file and line; empty: passed
    std::vector<std::string> steps;  // of the last question, when it failed
    double seconds = 0;
};

struct FileResult {
    std::string file;
    std::string broken;  // why no test could be run; empty: they were
    std::vector<TestResult> tests;
    std::size_t failures() const;
};

/// A fresh stage with the script of that path, read anew.
using MakeStage = std::function<base::Result<std::unique_ptr<Stage>>(const std::string& script)>;

/// The script is what the file names, or for `backoff_test.lua` the file `backoff.lua` beside it.
FileResult run_test_file(const std::string& file, const MakeStage& make_stage);

}  // namespace nexthopd::rehearse
