#include "classify/compiled.hpp"

#include "base/text.hpp"
#include "classify/pattern.hpp"
#include "classify/rule.hpp"

namespace nexthopd::classify {

namespace {

constexpr int max_program = 4'000;  // instructions; the shipped rules have some 100 each

}  // namespace

re2::RE2::Options pattern_options() {
    re2::RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    return options;
}

base::Result<std::shared_ptr<const re2::RE2>> compile_pattern(const std::string& pattern) {
    if (pattern.empty()) return base::fail("it is empty, which would match everything");
    if (pattern.size() > max_pattern)
        return base::fail("longer than {} bytes: make it two rules", max_pattern);
    if (auto checked = check_pattern(pattern); !checked) return tl::unexpected(checked.error());
    auto compiled = std::make_shared<const re2::RE2>(pattern, pattern_options());
    if (!compiled->ok())
        return base::fail("not a regular expression (RE2): {}", base::printable(compiled->error()));
    if (compiled->ProgramSize() > max_program) return base::fail("too large: make it two rules");
    if (compiled->Match("", 0, 0, re2::RE2::UNANCHORED, nullptr, 0))
        return base::fail("it matches everything");
    return compiled;
}

}  // namespace nexthopd::classify
