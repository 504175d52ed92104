// A script of answers, and a Decision that is driven by it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "decide/decision.hpp"
#include "mail/nexthop.hpp"

namespace nexthopd::decide::test {

using Step = Decision::Step;

inline constexpr std::chrono::minutes hold_default{5};

inline mail::MxHost host(const std::string& name, std::uint16_t preference = 10) {
    mail::MxHost out;
    out.name = name;
    out.preference = preference;
    return out;
}

inline mail::MxSet set_of(std::vector<mail::MxHost> hosts) {
    mail::MxSet out;
    out.state = mail::MxSet::State::hosts;
    out.domain = out.owner = "example.com";
    out.hosts = std::move(hosts);
    return out;
}

inline mail::MxSet state_of(mail::MxSet::State state) {
    mail::MxSet out;
    out.state = state;
    return out;
}

inline mail::ServerMap map_of(std::vector<mail::Server> servers, std::string transport = {}) {
    return {std::move(servers), std::move(transport)};
}

using Servers = std::map<std::string, ServerAnswer>;  // a server that is not there: nil

/// A script: the hooks that are present, and what they answer.
struct Script {
    std::optional<std::optional<bool>> check_cache{};
    std::optional<Overrides> overrides{};
    std::optional<Servers> check_server{};
    std::optional<Overrides> final_overrides{};

    Hooks hooks() const {
        return {check_cache.has_value(), overrides.has_value(), check_server.has_value(),
                final_overrides.has_value()};
    }
};

struct Told {
    Verdict verdict;
    std::string steps;      // "cache overrides mx check:mx1 …"
    std::string survivors;  // what FinalOverrides was given
};

inline Told drive(const Script& script, const mail::MxSet& set) {
    Decision decision;
    decision.begin(script.hooks(), hold_default);
    Told out;
    for (int guard = 0; decision.step() != Step::done && guard < 1'000; ++guard) {
        switch (decision.step()) {
            case Step::check_cache:
                out.steps += "cache ";
                decision.checked_cache(*script.check_cache);
                break;
            case Step::overrides:
                out.steps += "overrides ";
                decision.overridden(*script.overrides);
                break;
            case Step::mx_set:
                out.steps += decision.fresh() ? "mx-fresh " : "mx ";
                decision.resolved(std::make_shared<const mail::MxSet>(set));
                break;
            case Step::check_server: {
                const std::string server(decision.candidate().host);
                out.steps += "check:" + server + (decision.candidate().default_result ? " " : "(false) ");
                const auto answer = script.check_server->find(server);
                decision.checked_server(answer == script.check_server->end() ? ServerAnswer{}
                                                                             : answer->second);
                break;
            }
            case Step::final_overrides:
                out.steps += "final ";
                for (const auto& server : decision.survivors())
                    out.survivors += (out.survivors.empty() ? "" : " ") + std::string(server.host);
                decision.finalised(*script.final_overrides);
                break;
            case Step::done:
                break;
        }
    }
    out.verdict = decision.verdict();
    return out;
}

/// "leave nothing_to_change", "route :[a], [b]", "hold 10m0s mx1(10) mx2", "fail GetOverrides".
inline std::string text_of(const Verdict& verdict) {
    struct Writer {
        std::string operator()(const LeaveAlone& v) const { return std::string("leave ") + to_text(v.cause); }
        std::string operator()(const Route& v) const {
            return "route " + mail::nexthop_text(v.map).value_or("?");
        }
        std::string operator()(const HoldFor& v) const {
            auto out = "hold " + std::to_string(v.length.count()) + "ms";
            for (const auto& server : v.left_out)
                out += ' ' + server.server + (server.minutes > 0 ? fmt::format("({})", server.minutes) : "");
            return out;
        }
        std::string operator()(const Held& v) const { return "held " + v.id; }
        std::string operator()(const Fail& v) const { return "fail " + v.hook; }
    };
    return std::visit(Writer{}, verdict);
}

inline const Overrides nil{};
inline const ServerAnswer yes{true, {}};
inline const ServerAnswer no{false, {}};
inline ServerAnswer no_for(double minutes) {
    return {false, minutes};
}

inline mail::MxHost unusable(const std::string& name, bool mail::MxHost::*flag, bool value) {
    auto out = host(name, 20);
    out.*flag = value;
    return out;
}

inline mail::MxHost without_address(const std::string& name) {
    auto out = host(name, 20);
    out.addresses_known = true;
    return out;
}

}  // namespace nexthopd::decide::test
