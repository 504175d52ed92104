// Which of some patterns a reply matches: all of them at once, in one pass.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace nexthopd::classify {

/// The name of a pattern that is the same in every process.
using PatternId = std::uint64_t;
PatternId pattern_id(std::string_view pattern);

class Patterns {
  public:
    /// `patterns`: each is one that check_pattern_text() takes.
    static base::Result<std::shared_ptr<const Patterns>> build(const std::vector<std::string>& patterns);
    ~Patterns();
    Patterns(const Patterns&) = delete;
    Patterns& operator=(const Patterns&) = delete;

    /// Of the reply as a log has it; rules of nexthopd-replies(5) see the same text of it.
    std::vector<PatternId> matching(std::string_view logged) const;

  private:
    class Set;
    explicit Patterns(std::unique_ptr<const Set> set);
    std::unique_ptr<const Set> set_;
};

/// What is wrong with a pattern, if anything is.
base::Result<void> check_pattern_text(const std::string& pattern);

}  // namespace nexthopd::classify
