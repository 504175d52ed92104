// Which logs are read, and whose parser gets what.
#pragma once

#include <memory>
#include <string>

#include "config/settings.hpp"
#include "follow/ledger_thread.hpp"
#include "serve/loading.hpp"
#include "serve/reasons.hpp"

namespace nexthopd::serve {

/// Adds a source for each log that the settings name: files, the journal, the syslog listener; attempts get
/// their `reasons`. An instance
/// has one log: the lines that come by syslog are for those that have no other, or they would count twice.
void add_logs(follow::LedgerOptions& options, const config::Settings& settings, const MtaFacts& facts,
              const std::shared_ptr<Reasons>& reasons);

/// What is wrong with a listener that nobody listens to; empty: nothing.
std::string unheard_syslog(const config::Settings& settings);

}  // namespace nexthopd::serve
