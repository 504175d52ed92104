// Replies of servers -> reasons, by rules.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "classify/rule.hpp"
#include "config/source.hpp"
#include "mail/attempt.hpp"

namespace nexthopd::classify {

struct Classification {
    const Rule* rule;                          // of the classifier
    std::optional<std::chrono::seconds> wait;  // as the server stated it
};

/// All rules together are one automaton, whose cost does not grow with their number. Rules do not change:
/// a reload builds another classifier.
class Classifier {
  public:
    /// Or everything that is wrong with the rules. Compiles patterns and proves examples: some 10 ms for 300.
    static tl::expected<std::shared_ptr<const Classifier>, config::Problems> build(std::vector<Rule> rules);
    ~Classifier();
    Classifier(const Classifier&) = delete;
    Classifier& operator=(const Classifier&) = delete;

    /// The first rule, in their order, that matches; nullopt: none does. `stage`: where the MTA's log told
    /// it; otherwise the words around the reply may tell it.
    std::optional<Classification> classify(std::string_view logged,
                                           std::optional<mail::Stage> stage = {}) const;

    const std::vector<Rule>& rules() const;

  private:
    class Set;
    explicit Classifier(std::unique_ptr<const Set> set);
    std::unique_ptr<const Set> set_;
};

}  // namespace nexthopd::classify
