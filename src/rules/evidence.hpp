// Why a rule did something: for the administrator, and for nexthopctl why.
#pragma once

#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "rules/rule.hpp"
#include "rules/window.hpp"

namespace nexthopd::rules {

/// `3 replies in 10m, the last of mx1.example.com: 421 4.7.0 too many messages`.
std::string reason_text(const Rule& rule, const Window::Counts& counts, const mail::Attempt& attempt);

/// {"trigger":"3 in 10m","seconds":600,"matched":3,"total":7,"servers":["mx1.example.com"],"reply":"421 …",
/// "classes":"4"}
std::string evidence_json(const Rule& rule, const Window::Counts& counts,
                          const std::vector<std::string>& servers, const mail::Attempt& attempt);

}  // namespace nexthopd::rules
