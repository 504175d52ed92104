#include "classify/pattern.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace nexthopd::classify {

namespace {

constexpr std::uint64_t max_count = 8;

/// Walks over a pattern, remembering what the next repetition would repeat.
class Walk {
  public:
    explicit Walk(std::string_view pattern) : pattern_(pattern) {}

    base::Result<void> run() {
        while (at_ < pattern_.size()) {
            const char c = pattern_[at_];
            if (c == '\\')
                escape();
            else if (c == '[')
                character_class();
            else if (c == '{') {
                if (auto counted = count(); !counted) return counted;
            } else {
                wide_ = c == '.' || c == ')';
                ++at_;
            }
        }
        return {};
    }

  private:
    void escape() {
        const char c = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
        at_ += 2;
        if (c == 'Q') {
            const auto end = pattern_.find("\\E", at_);
            at_ = end == std::string_view::npos ? pattern_.size() : end + 2;
        }
        // Negated classes are nearly everything; \w is a gap, too, where words may follow each other.
        wide_ = std::string_view("DSWCPpw").find(c) != std::string_view::npos;
    }

    void character_class() {
        const auto begin = ++at_;
        const bool negated = at_ < pattern_.size() && pattern_[at_] == '^';
        if (negated) ++at_;
        if (at_ < pattern_.size() && pattern_[at_] == ']') ++at_;  // first, it stands for itself
        for (; at_ < pattern_.size() && pattern_[at_] != ']'; ++at_) {
            if (pattern_[at_] == '\\') ++at_;
            // [[:alpha:]] ends with the second bracket.
            if (pattern_.substr(at_).starts_with("[:"))
                at_ = std::min(pattern_.find(":]", at_), pattern_.size() - 2) + 1;
        }
        at_ = std::min(at_ + 1, pattern_.size());
        wide_ = negated || pattern_.substr(begin, at_ - begin).find_first_of("\\ ") != std::string_view::npos;
        const auto inside = pattern_.substr(begin, at_ - begin);
        if (inside == "\\d]" || inside == "\\d.]") wide_ = false;
    }

    base::Result<void> count() {
        const auto end = pattern_.find('}', at_);
        const auto inside =
            end == std::string_view::npos ? std::string_view() : pattern_.substr(at_ + 1, end - at_ - 1);
        const auto comma = inside.find(',');
        const auto low = base::parse_number(inside.substr(0, comma));
        const auto high =
            comma == std::string_view::npos ? low : base::parse_number(inside.substr(comma + 1));
        if (!low || (!high && !inside.ends_with(','))) {  // a brace that counts nothing stands for itself
            ++at_;
            wide_ = false;
            return {};
        }
        const auto whole = base::printable(pattern_.substr(at_, end + 1 - at_));
        const auto instead = *low == 0 ? '*' : '+';
        if (wide_)
            return base::fail(
                "a counted gap ({}) is not permitted, it is a thousand times as slow: write {} instead, as "
                "in .{}",
                whole, instead, instead);
        if (*low > max_count || (high && *high > max_count))
            return base::fail("{} counts to more than {}: write {} instead", whole, max_count, instead);
        at_ = end + 1;
        return {};
    }

    std::string_view pattern_;
    std::size_t at_ = 0;
    bool wide_ = false;
};

}  // namespace

base::Result<void> check_pattern(std::string_view pattern) {
    return Walk(pattern).run();
}

}  // namespace nexthopd::classify
