// `nexthopctl ingest`: old logs into the ledger, with the daemon or without it.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace nexthopd::ctl {

struct IngestRequest {
    std::vector<std::string> files;  // oldest first; "-": standard input
    std::string mta = "auto";        // or "postfix"
    std::string instance;            // of the settings; empty: the first one
    bool as_json = false;
};

/// The exit status.
int ingest(const config::Settings& settings, const IngestRequest& request);

}  // namespace nexthopd::ctl
