// One [[provider]] of conf.d: whose servers take the mail of many domains, and how these are known.
#pragma once

#include <string>
#include <vector>

#include "config/value.hpp"

namespace nexthopd::rules {

struct Provider {
    std::string name;                  // unique
    std::vector<std::string> mx;       // "google.com": that host and all below it; "mx*.example.com"
    std::vector<std::string> domains;  // mail domains, whatever their MX hosts are
    std::string example;               // an MX host, or a domain, that has to belong to it
    std::string transport;             // the mail of all its domains goes through that; empty: unchanged

    std::string file;  // where it stands
    config::Place place;
};

constexpr std::size_t max_providers = 2'000;

}  // namespace nexthopd::rules
