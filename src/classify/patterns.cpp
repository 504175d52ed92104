#include "classify/patterns.hpp"

#include <re2/set.h>

#include "base/string_hash.hpp"
#include "classify/compiled.hpp"
#include "classify/reply_text.hpp"

namespace nexthopd::classify {

PatternId pattern_id(std::string_view pattern) {
    return base::fingerprint(pattern).first;
}

class Patterns::Set {
  public:
    Set() : set_(pattern_options(), re2::RE2::UNANCHORED) {}
    re2::RE2::Set set_;
    std::vector<PatternId> ids_;
};

Patterns::Patterns(std::unique_ptr<const Set> set) : set_(std::move(set)) {}
Patterns::~Patterns() = default;

base::Result<std::shared_ptr<const Patterns>> Patterns::build(const std::vector<std::string>& patterns) {
    auto set = std::make_unique<Set>();
    for (const auto& pattern : patterns) {
        std::string error;
        if (set->set_.Add(pattern, &error) < 0)
            return base::fail("not a regular expression (RE2): {}", error);
        set->ids_.push_back(pattern_id(pattern));
    }
    if (!patterns.empty() && !set->set_.Compile())
        return base::fail("the patterns of all rules are too large");
    return std::shared_ptr<const Patterns>(new Patterns(std::move(set)));
}

std::vector<PatternId> Patterns::matching(std::string_view logged) const {
    std::vector<PatternId> out;
    if (set_->ids_.empty()) return out;
    std::vector<int> indexes;
    if (!set_->set_.Match(reply_text(logged).text, &indexes)) return out;
    for (const int index : indexes)
        out.push_back(set_->ids_[static_cast<std::size_t>(index)]);
    return out;
}

base::Result<void> check_pattern_text(const std::string& pattern) {
    auto compiled = compile_pattern(pattern);
    if (!compiled) return tl::unexpected(compiled.error());
    return {};
}

}  // namespace nexthopd::classify
