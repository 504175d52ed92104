// The [[provider]] tables of the files of settings -> providers in their order.
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "base/error.hpp"
#include "config/source.hpp"
#include "rules/provider.hpp"

namespace nexthopd::rules {

/// The file of this name has the providers that nexthopd comes with.
constexpr std::string_view shipped_providers = "providers.toml";

/// Or everything that is wrong with the tables, taken one by one.
tl::expected<std::vector<Provider>, config::Problems> read_providers(
    const std::vector<config::Source>& sources);

/// "google.com" or, with a star in its first label only, "mx*.example.com"; lower case.
base::Result<std::string> parse_mx(std::string_view text);
/// A transport of master.cf: letters, digits, "-", "_" and ".".
base::Result<std::string> parse_transport(std::string_view text);

}  // namespace nexthopd::rules
