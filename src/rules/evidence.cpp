#include "rules/evidence.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "config/units.hpp"
#include "rules/rules_file.hpp"

namespace nexthopd::rules {

namespace {

constexpr std::size_t reply_shown = 200;

}  // namespace

std::string reason_text(const Rule& rule, const Window::Counts& counts, const mail::Attempt& attempt) {
    const auto reply = base::printable(attempt.result, reply_shown);
    switch (rule.trigger.kind) {
        case Trigger::Kind::immediate:
            return fmt::format("{} answered: {}", attempt.server, reply);
        case Trigger::Kind::count:
            return fmt::format("{} replies in {}, the last of {}: {}", counts.matched,
                               config::to_text(rule.trigger.window), attempt.server, reply);
        case Trigger::Kind::share:
            break;
    }
    return fmt::format("{} of {} attempts in {}, the last of {}: {}", counts.matched, counts.total,
                       config::to_text(rule.trigger.window), attempt.server, reply);
}

std::string evidence_json(const Rule& rule, const Window::Counts& counts,
                          const std::vector<std::string>& servers, const mail::Attempt& attempt) {
    using nlohmann::json;
    const json out = {{"trigger", to_text(rule.trigger)},
                      {"seconds", rule.trigger.window.count()},
                      {"matched", std::max(1U, counts.matched)},
                      {"total", std::max(1U, counts.total)},
                      {"servers", servers},
                      {"reason", attempt.reason},
                      {"reply", attempt.result.substr(0, reply_shown)}};
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace nexthopd::rules
