// The [[rule]] tables of the files of settings -> rules in their order.
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "config/source.hpp"
#include "rules/rule.hpp"

namespace nexthopd::rules {

/// The file of this name has the rules that nexthopd comes with.
constexpr std::string_view shipped_rules = "rules.toml";

/// Or everything that is wrong with the tables, taken one by one.
tl::expected<std::vector<Rule>, config::Problems> read_rules(const std::vector<config::Source>& sources);

/// "immediate", "5 in 10m", "50% of 20 in 10m".
base::Result<Trigger> parse_trigger(std::string_view text);
std::string to_text(const Trigger& trigger);
/// "observe", "enforce", "25%".
base::Result<RuleMode> parse_mode(std::string_view text);

}  // namespace nexthopd::rules
