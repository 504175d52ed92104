// One [[rule]] of conf.d: which replies it looks for, how many of them it takes, and what then happens.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "classify/reason.hpp"
#include "config/value.hpp"
#include "mail/attempt.hpp"
#include "mail/hold.hpp"
#include "rules/limit.hpp"

namespace nexthopd::rules {

/// What an attempt has to be like. Empty lists: anything.
struct When {
    std::vector<classify::Reason> reasons;
    std::string classes;  // "4", "5" or "45"
    std::string pattern;  // RE2, without regard to case
    std::vector<mail::Stage> stages;
    std::vector<std::string> providers;
    std::vector<std::string> domains;
    std::vector<std::string> servers;

    /// It says something of replies, not only of where mail goes.
    bool about_replies() const {
        return !reasons.empty() || !classes.empty() || !pattern.empty() || !stages.empty();
    }
    friend bool operator==(const When&, const When&) = default;
};

struct Trigger {
    enum class Kind { immediate, count, share };
    Kind kind = Kind::immediate;
    std::uint32_t count = 1;           // so many; of share: the least number of attempts
    double share = 0;                  // of the attempts, 0 ... 1
    std::chrono::seconds window{600};  // within that time
    friend bool operator==(const Trigger&, const Trigger&) = default;
};

struct RuleMode {
    std::uint32_t percent = 100;  // of the domains, servers, ... it is in force for these; 0: it only records
    friend bool operator==(const RuleMode&, const RuleMode&) = default;
};

struct Rule {
    enum class Action { hold, transport, throttle, warn };

    std::string name;  // unique; holds are known by it
    When when;
    Trigger trigger;
    Action action = Action::hold;
    mail::HoldScope scope = mail::HoldScope::mail;  // what shares the fate of the mail that was refused
    std::chrono::milliseconds length = std::chrono::minutes(10);
    bool stated = false;                                     // as long as the reply says, where it does
    std::chrono::milliseconds most = std::chrono::hours(4);  // of one hold, however often it is renewed
    Limit ramp{10, std::chrono::minutes(1),
               1};  // how it is lifted: messages at first, and more in each such time
    std::string transport;
    Limit throttle;
    std::optional<RuleMode> mode;  // nullopt: that of the settings
    std::string example;

    std::string file;  // where it stands
    config::Place place;

    /// In force without anything having happened.
    bool standing() const {
        return action != Action::hold && action != Action::warn && !when.about_replies();
    }
    /// The same in every process for a rule that says the same, wherever it stands: its holds go on.
    std::string version() const;
};

/// What a reply of that reason says of a mailbox says nothing of other mail.
inline bool about_one_mailbox(std::string_view reason) {
    return reason == classify::to_text(classify::Reason::quota) ||
           reason == classify::to_text(classify::Reason::recipient);
}

constexpr std::size_t max_rules = 500;

}  // namespace nexthopd::rules
