#include "classify/classifier.hpp"

#include <fmt/format.h>
#include <re2/set.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "classify/compiled.hpp"
#include "classify/reply_text.hpp"
#include "classify/stated_wait.hpp"

namespace nexthopd::classify {

namespace {

// Of the automaton with the states that it has met so far; when that is full it forgets them.
constexpr std::int64_t automaton_memory = 16 << 20;

}  // namespace

class Classifier::Set {
  public:
    explicit Set(std::vector<Rule> rules)
        : rules_(std::move(rules)), patterns_(options(), re2::RE2::UNANCHORED) {}

    config::Problems compile() {
        config::Problems problems;
        if (rules_.size() > max_rules) {
            const auto& rule = rules_[max_rules];
            problems.push_back(
                {rule.file, rule.place, fmt::format("more than {} [[reply]] rules", max_rules)});
            return problems;
        }
        for (const auto& rule : rules_) {
            if (auto compiled = compile_pattern(rule.pattern); !compiled)
                problems.push_back(about(rule, "pattern: " + compiled.error().text));
            else
                patterns_.Add(rule.pattern, nullptr);
            waits_.emplace_back();
            if (rule.wait.empty()) continue;
            if (auto wait = StatedWait::compile(rule.wait))
                waits_.back() = *std::move(wait);
            else
                problems.push_back(about(rule, "wait: " + wait.error().text));
        }
        // An uncompiled set must not be asked.
        if (problems.empty() && !patterns_.Compile())
            problems.push_back(
                {rules_.empty() ? std::string() : rules_.front().file,
                 {},
                 fmt::format(
                     "the patterns of all [[reply]] rules need more than {} MiB together: remove some",
                     automaton_memory >> 20)});
        return problems;
    }

    std::optional<Classification> classify(std::string_view logged, std::optional<mail::Stage> stage) const {
        const auto reply = reply_text(logged);
        if (!stage) stage = reply.stage;
        std::vector<int> matching;
        if (!patterns_.Match(reply.text, &matching)) return std::nullopt;
        std::sort(matching.begin(), matching.end());
        for (const int index : matching) {
            const auto number = static_cast<std::size_t>(index);
            const auto& rule = rules_[number];
            if (!fits(rule, stage)) continue;
            const auto& wait = waits_[number];
            return Classification{&rule, wait ? wait->in(reply.text) : std::nullopt};
        }
        return std::nullopt;
    }

    /// What the example of each rule shows to be wrong with it.
    config::Problems prove() const {
        config::Problems problems;
        for (const auto& rule : rules_) {
            const auto stage = rule.stages.empty() ? std::nullopt : std::optional(rule.stages.front());
            const auto found = classify(rule.example, stage);
            if (!found)
                problems.push_back(about(rule, "its example is not matched by its pattern"));
            else if (found->rule != &rule)
                problems.push_back(about(
                    rule, fmt::format("its example is matched by \"{}\" ({}:{}), which stands before it: "
                                      "move this rule up, or make the other narrower",
                                      found->rule->name, base::printable(found->rule->file),
                                      found->rule->place.line)));
            else if (found->wait != rule.example_wait)
                problems.push_back(about(rule, fmt::format("its example states {}, and example_wait is {}",
                                                           show(found->wait), show(rule.example_wait))));
        }
        return problems;
    }

    const std::vector<Rule>& rules() const { return rules_; }

  private:
    static re2::RE2::Options options() {
        auto options = pattern_options();
        options.set_max_mem(automaton_memory);
        return options;
    }

    static bool fits(const Rule& rule, std::optional<mail::Stage> stage) {
        if (rule.stages.empty()) return true;
        return stage && std::find(rule.stages.begin(), rule.stages.end(), *stage) != rule.stages.end();
    }

    static config::Problem about(const Rule& rule, std::string_view what) {
        return {rule.file, rule.place, fmt::format("[[reply]] \"{}\": {}", base::printable(rule.name), what)};
    }

    static std::string show(std::optional<std::chrono::seconds> wait) {
        return wait ? fmt::format("a wait of {}s", wait->count()) : "no wait";
    }

    std::vector<Rule> rules_;
    std::vector<std::optional<StatedWait>> waits_;
    re2::RE2::Set patterns_;
};

tl::expected<std::shared_ptr<const Classifier>, config::Problems> Classifier::build(std::vector<Rule> rules) {
    auto set = std::make_unique<Set>(std::move(rules));
    if (auto problems = set->compile(); !problems.empty()) return tl::unexpected(std::move(problems));
    if (auto problems = set->prove(); !problems.empty()) return tl::unexpected(std::move(problems));
    return std::shared_ptr<const Classifier>(new Classifier(std::move(set)));
}

Classifier::Classifier(std::unique_ptr<const Set> set) : set_(std::move(set)) {}
Classifier::~Classifier() = default;

std::optional<Classification> Classifier::classify(std::string_view logged,
                                                   std::optional<mail::Stage> stage) const {
    return set_->classify(logged, stage);
}

const std::vector<Rule>& Classifier::rules() const {
    return set_->rules();
}

}  // namespace nexthopd::classify
