// The settings and the script that were last in force, kept beside the ledger: a start that meets mistakes goes
// on with them, at the sockets where the MTA asks. Blocks: not for the answering thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/source.hpp"

namespace nexthopd::serve {

/// The text of a script, and of the files beside it that it requires, by name.
struct ScriptText {
    std::string main;
    std::map<std::string, std::string> modules;
    /// All of it, for what tells one from another.
    std::string whole() const;
    friend bool operator==(const ScriptText&, const ScriptText&) = default;
};

struct LastGood {
    std::vector<config::Source> sources;
    std::optional<ScriptText> script;  // nullopt: there was none
    friend bool operator==(const LastGood&, const LastGood&) = default;
};

/// $STATE_DIRECTORY, or the folder of the ledger.
std::string state_folder(const std::string& database);

/// Replaced as a whole. `settings_path` tells those of several daemons apart.
base::Result<void> keep(const std::string& folder, const std::string& settings_path, const LastGood& good);

/// nullopt: none was kept for these settings, or what was kept is damaged.
std::optional<LastGood> recall(const std::string& folder, const std::string& settings_path);

}  // namespace nexthopd::serve
