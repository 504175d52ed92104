// The [[reply]] tables of the files of settings -> rules in their order.
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "classify/rule.hpp"
#include "config/source.hpp"

namespace nexthopd::classify {

/// The file of this name has the rules that nexthopd comes with. A rule of the same name in any other file
/// stands in place of the shipped one; other rules stand where their file stands.
constexpr std::string_view shipped_file = "replies.toml";

/// Or everything that is wrong with the tables.
tl::expected<std::vector<Rule>, config::Problems> read_rules(const std::vector<config::Source>& sources);

}  // namespace nexthopd::classify
