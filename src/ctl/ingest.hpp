// `nexthopctl ingest`: old logs into the ledger, with the daemon or without it.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace nexthopd::ctl {

struct IngestRequest {
    std::vector<std::string> files;  // oldest first; "-": standard input
    std::string mta = "auto";        // postfix, exim; auto: the one that the settings have, else postfix
    std::string instance;            // of the settings; empty: the first one
    bool as_json = false;
    std::string settings_path;
};

/// The exit status.
int ingest(const config::Settings& settings, const IngestRequest& request);

}  // namespace nexthopd::ctl
