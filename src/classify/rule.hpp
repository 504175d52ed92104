// One [[reply]] of conf.d: which replies it is for, and what they mean.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "classify/reason.hpp"
#include "config/value.hpp"
#include "mail/attempt.hpp"

namespace nexthopd::classify {

struct Rule {
    std::string name;     // unique
    std::string pattern;  // RE2, without regard to case, anywhere in the reply
    Reason reason = Reason::other;
    Scope scope = Scope::host;
    std::vector<mail::Stage> stages;  // empty: any; else a reply of an unknown stage is not meant
    std::string wait;     // pattern with a group named seconds, minutes, hours, days or clock; empty: none
    std::string example;  // a reply that this rule has to win
    std::optional<std::chrono::seconds> example_wait;

    std::string file;  // where it stands
    config::Place place;
};

constexpr std::size_t max_rules = 1'000;
constexpr std::size_t max_pattern = 400;  // bytes; the longest of the shipped ones has a third of it

}  // namespace nexthopd::classify
