// What a start and a reload read from disk: settings, script, and what the MTA says of itself. Blocks.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "answer/policy.hpp"
#include "base/error.hpp"
#include "classify/classifier.hpp"
#include "config/reader.hpp"
#include "config/settings.hpp"
#include "dns/mx.hpp"
#include "ledger/privacy.hpp"
#include "mta/domain_table.hpp"
#include "rules/rule_set.hpp"
#include "script/vm.hpp"
#include "serve/exim_keys.hpp"
#include "serve/last_good.hpp"

namespace nexthopd::serve {

/// The script of the settings, without its modules; nullopt when the file of the default setting does not
/// exist.
base::Result<std::optional<ScriptText>> read_script(const config::Settings& settings);
/// nullptr: none. Not one that is in quarantine. Modules that the text does not have are read from the
/// script's folder and added to it.
base::Result<std::shared_ptr<script::Vm>> load_script(const config::Settings& settings,
                                                      std::optional<ScriptText>& text);
/// The same with the modules of the text alone: nothing is read.
base::Result<std::shared_ptr<script::Vm>> load_script_again(const config::Settings& settings,
                                                            const std::optional<ScriptText>& text);

/// The rules of the [[reply]] tables, and what the [[provider]] and [[rule]] tables make of them.
struct Judgement {
    std::shared_ptr<const classify::Classifier> classifier;  // nullptr: there are none
    std::shared_ptr<const rules::RuleSet> rules = std::make_shared<rules::RuleSet>();
};
tl::expected<Judgement, config::Problems> load_rules(const std::vector<config::Source>& sources);

/// What the settings say of decisions; without a script, and nothing known of the MTA.
answer::Policy policy_of(const config::Settings& settings);

/// Settings, script and rules, and the texts that they were made of.
struct Loaded {
    config::Settings settings;
    std::shared_ptr<script::Vm> script;
    Judgement judgement;
    LastGood texts;
    EximKeys exim_keys = {};
    std::vector<std::string> exim_problems = {};  // of keys; the rest is in force all the same
};
/// Or everything that is wrong with them, a line each.
tl::expected<Loaded, std::vector<std::string>> load(const std::string& path);

/// For a start, which never fails: with mistakes in the settings or the script those that were last in force,
/// or else every setting that can be read, and no script. Without rules: nobody waits for these.
struct Start {
    Loaded loaded;
    std::vector<std::string> problems;  // empty: what the files say is in force
    bool last_good = false;
};
Start load_for_start(const std::string& path);

/// The rules of `sources`, read beside after the start; with mistakes in them those that were last in force,
/// or none.
struct StartRules {
    std::optional<Judgement> judgement;
    std::vector<std::string> problems;
};
StartRules load_rules_for_start(const std::string& path, const std::string& folder,
                                const std::vector<config::Source>& sources);

/// What of addresses is stored. Without the key of "hashed" an error. Blocks.
base::Result<ledger::Privacy> privacy_of(const config::Ledger& settings);

/// The settings alone, found in the same way.
config::Settings settings_for_start(const std::string& path);

/// The lookup tables of one Postfix instance that say something about domains.
struct InstanceTables {
    std::string config_directory;
    std::vector<mta::DomainTable> delivered_otherwise;
    std::vector<mta::DomainTable> tls_policy;
    friend bool operator==(const InstanceTables&, const InstanceTables&) = default;
};

/// How the lines that a Postfix instance logs are known.
struct LogIdentity {
    std::string syslog_name = "postfix";
    std::vector<std::string> units;  // systemd's; the journal's entries name them
    std::vector<unsigned> users;     // likewise
};
/// Of the instance at `mail_owner`, "postfix" where that is empty.
LogIdentity log_identity(const std::string& syslog_name, const std::string& instance_name,
                         const std::string& mail_owner);

/// What the MTA's own configuration says.
struct MtaFacts {
    std::map<std::string, LogIdentity> logged_as;  // by name of the instance in the settings
    answer::MtaView view;
    dns::Self self;
    std::vector<std::string> relay_hosts;
    std::vector<InstanceTables> tables;
};
base::Result<MtaFacts> ask_mta(const std::vector<config::PostfixInstance>& instances);

}  // namespace nexthopd::serve
