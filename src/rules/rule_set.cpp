#include "rules/rule_set.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::rules {

namespace {

using mail::HoldScope;

template <class T, class U>
bool none_or_has(const std::vector<T>& list, const U& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

/// What the example shows to be wrong with the rule; empty: nothing.
std::string fault_of_example(const Rule& rule, const classify::Classifier* classifier) {
    const auto& when = rule.when;
    if (rule.example.empty()) return {};
    if (!when.pattern.empty()) {
        const auto alone = classify::Patterns::build({when.pattern});
        if (!alone || (*alone)->matching(rule.example).empty())
            return "its example is not matched by its pattern";
    }
    if (!when.classes.empty() && when.classes.find(rule.example.front()) == std::string::npos)
        return fmt::format("its example is no reply of class \"{}\"", when.classes);
    if (when.reasons.empty() || classifier == nullptr) return {};
    const auto stage = when.stages.empty() ? std::nullopt : std::optional(when.stages.front());
    const auto found = classifier->classify(rule.example, stage);
    if (!found) return "no [[reply]] knows the reason of its example";
    if (!none_or_has(when.reasons, found->rule->reason))
        return fmt::format("the reason of its example is \"{}\", by [[reply]] \"{}\"",
                           classify::to_text(found->rule->reason), found->rule->name);
    return {};
}

}  // namespace

tl::expected<std::shared_ptr<const RuleSet>, config::Problems> RuleSet::build(
    std::vector<Rule> rules, std::shared_ptr<const Providers> providers,
    const classify::Classifier* classifier) {
    config::Problems problems;
    auto out = std::make_shared<RuleSet>();
    out->rules_ = std::move(rules);
    out->providers_ = std::move(providers);
    std::vector<std::string> patterns;
    const auto complain = [&](const Rule& rule, const std::string& text) {
        problems.push_back({rule.file, rule.place, fmt::format("[[rule]] \"{}\": {}", rule.name, text)});
    };
    if (out->rules_.size() > max_rules)
        complain(out->rules_[max_rules], fmt::format("there are more than {} rules", max_rules));
    for (const auto& rule : out->rules_) {
        for (const auto& name : rule.when.providers) {
            if (out->providers_->find(name) != nullptr) continue;
            std::vector<std::string_view> known;
            for (const auto& provider : out->providers_->list())
                known.push_back(provider.name);
            const auto near = base::nearest(name, known);
            complain(rule, fmt::format("there is no [[provider]] \"{}\"{}", name,
                                       near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
        }
        if (const auto fault = fault_of_example(rule, classifier); !fault.empty()) complain(rule, fault);
        out->ids_.push_back(rule.when.pattern.empty() ? 0 : classify::pattern_id(rule.when.pattern));
        if (!rule.when.pattern.empty()) patterns.push_back(rule.when.pattern);
    }
    if (!problems.empty()) return tl::unexpected(std::move(problems));
    auto built = classify::Patterns::build(patterns);
    if (!built) {
        complain(out->rules_.front(), built.error().text);
        return tl::unexpected(std::move(problems));
    }
    out->patterns_ = *std::move(built);
    return std::shared_ptr<const RuleSet>(std::move(out));
}

const Rule* RuleSet::find(std::string_view name) const {
    const auto found =
        std::find_if(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.name == name; });
    return found == rules_.end() ? nullptr : &*found;
}

bool RuleSet::concerns(std::size_t number, const mail::Attempt& attempt, const Provider* provider) const {
    const auto& when = rules_[number].when;
    return none_or_has(when.domains, attempt.domain) && none_or_has(when.servers, attempt.server) &&
           (when.providers.empty() || (provider != nullptr && none_or_has(when.providers, provider->name)));
}

bool RuleSet::matches(std::size_t number, const mail::Attempt& attempt, const Provider* provider) const {
    if (attempt.status == mail::Status::sent || !concerns(number, attempt, provider)) return false;
    const auto& rule = rules_[number];
    const auto& when = rule.when;
    // A full or unknown mailbox never counts against anyone else.
    if (rule.scope != HoldScope::mail && about_one_mailbox(attempt.reason)) return false;
    if (!when.reasons.empty() &&
        std::none_of(when.reasons.begin(), when.reasons.end(),
                     [&](const auto reason) { return attempt.reason == classify::to_text(reason); }))
        return false;
    if (!when.classes.empty() && when.classes.find(mail::result_class(attempt)) == std::string::npos)
        return false;
    if (!none_or_has(when.stages, attempt.stage)) return false;
    return ids_[number] == 0 ||
           std::find(attempt.matched.begin(), attempt.matched.end(), ids_[number]) != attempt.matched.end();
}

bool RuleSet::governs(const Rule& rule, std::string_view domain, const Provider* provider) const {
    return none_or_has(rule.when.domains, domain) &&
           (rule.when.providers.empty() ||
            (provider != nullptr && none_or_has(rule.when.providers, provider->name)));
}

}  // namespace nexthopd::rules
