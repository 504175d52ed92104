// What a start and a reload read from disk: settings, script, and what the MTA says of itself. Blocks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/reader.hpp"
#include "config/settings.hpp"
#include "dns/mx.hpp"
#include "answer/policy.hpp"
#include "mta/domain_table.hpp"
#include "script/vm.hpp"

namespace nexthopd::serve {

/// The script of the settings; nullptr when the file of the default setting does not exist.
base::Result<std::shared_ptr<script::Vm>> load_script(const config::Settings& settings);

/// Settings and script, or everything that is wrong with them, a line each.
struct Loaded {
    config::Settings settings;
    std::shared_ptr<script::Vm> script;
};
tl::expected<Loaded, std::vector<std::string>> load(const std::string& path);

/// The lookup tables of one Postfix instance that say something about domains.
struct InstanceTables {
    std::string config_directory;
    std::vector<mta::DomainTable> delivered_otherwise;
    std::vector<mta::DomainTable> tls_policy;
    friend bool operator==(const InstanceTables&, const InstanceTables&) = default;
};

/// What the MTA's own configuration says.
struct MtaFacts {
    answer::MtaView view;
    dns::Self self;
    std::vector<std::string> relay_hosts;
    std::vector<InstanceTables> tables;
};
base::Result<MtaFacts> ask_mta(const std::vector<config::PostfixInstance>& instances);

}  // namespace nexthopd::serve
