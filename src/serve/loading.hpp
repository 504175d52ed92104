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
#include "serve/last_good.hpp"

namespace nexthopd::serve {

/// The script of the settings, without its modules; nullopt when the file of the default setting does not exist.
base::Result<std::optional<ScriptText>> read_script(const config::Settings& settings);
/// nullptr: none. Not one that is in quarantine. Modules that the text does not have are read from the script's
/// folder and added to it.
base::Result<std::shared_ptr<script::Vm>> load_script(const config::Settings& settings, std::optional<ScriptText>& text);
/// The same with the modules of the text alone: nothing is read.
base::Result<std::shared_ptr<script::Vm>> load_script_again(const config::Settings& settings,
                                                            const std::optional<ScriptText>& text);

/// Settings and script, and the texts that they were made of.
struct Loaded {
    config::Settings settings;
    std::shared_ptr<script::Vm> script;
    LastGood texts;
};
/// Or everything that is wrong with them, a line each.
tl::expected<Loaded, std::vector<std::string>> load(const std::string& path);

/// For a start, which never fails: with mistakes in the settings or the script those that were last in force,
/// or else every setting that can be read, and no script.
struct Start {
    Loaded loaded;
    std::vector<std::string> problems;  // empty: what the files say is in force
    bool last_good = false;
};
Start load_for_start(const std::string& path);

/// The settings alone, found in the same way.
config::Settings settings_for_start(const std::string& path);

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
