// Rules that bind several settings together.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "config/settings.hpp"
#include "config/source.hpp"

namespace nexthopd::config {

/// Where each key was set last ("hold.max", "postfix[1].name"), and which keys could not be read: a rule
/// about one of those would complain about a default that nobody chose.
struct Origins {
    struct Where {
        std::string file;
        Place place;
    };
    std::map<std::string, Where, std::less<>> set;
    std::set<std::string, std::less<>> unreadable;
};

/// Durations in order, ports that nobody else can take, unique names.
Problems check(const Settings& settings, const Origins& origins);

}  // namespace nexthopd::config
