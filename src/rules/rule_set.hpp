// Rules and providers that fit together, ready for use. They do not change: a reload builds others.
#pragma once

#include <memory>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "classify/classifier.hpp"
#include "classify/patterns.hpp"
#include "config/source.hpp"
#include "mail/attempt.hpp"
#include "rules/providers.hpp"
#include "rules/rule.hpp"

namespace nexthopd::rules {

class RuleSet {
  public:
    RuleSet() = default;
    /// Or everything that is wrong with them together: unknown providers, examples that are not what the rule
    /// looks for. `classifier` may be nullptr: then no reason is known, and none is proved.
    static tl::expected<std::shared_ptr<const RuleSet>, config::Problems> build(
        std::vector<Rule> rules, std::shared_ptr<const Providers> providers,
        const classify::Classifier* classifier);

    const std::vector<Rule>& rules() const { return rules_; }
    const Providers& providers() const { return *providers_; }
    /// For the thread that reads the logs: it fills Attempt::matched.
    const std::shared_ptr<const classify::Patterns>& patterns() const { return patterns_; }
    /// nullptr: no such rule.
    const Rule* find(std::string_view name) const;

    /// The attempt goes where the rule looks, however it ended. `provider` may be nullptr.
    bool concerns(std::size_t rule, const mail::Attempt& attempt, const Provider* provider) const;
    /// And it is a failure that the rule looks for.
    bool matches(std::size_t rule, const mail::Attempt& attempt, const Provider* provider) const;
    /// The rule says something of mail to that domain, before it is tried.
    bool governs(const Rule& rule, std::string_view domain, const Provider* provider) const;

  private:
    std::vector<Rule> rules_;
    std::vector<classify::PatternId> ids_;  // of each rule's pattern
    std::shared_ptr<const Providers> providers_ = std::make_shared<Providers>();
    std::shared_ptr<const classify::Patterns> patterns_;
};

}  // namespace nexthopd::rules
