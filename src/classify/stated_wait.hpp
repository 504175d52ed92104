// How long a server says that the sender should wait.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace re2 {
class RE2;
}

namespace nexthopd::classify {

class StatedWait {
  public:
    /// A server cannot make mail wait longer than that, nor have it sent again at once.
    static constexpr std::chrono::seconds least{1};
    static constexpr std::chrono::seconds most{24 * 60 * 60};

    /// `pattern` has groups named seconds, minutes, hours, days (a number each) or clock ("4:51",
    /// "00:04:51").
    static base::Result<StatedWait> compile(const std::string& pattern);

    /// The sum of the groups that took part, within [least, most]; nullopt: the pattern does not match.
    std::optional<std::chrono::seconds> in(std::string_view text) const;

  private:
    std::shared_ptr<const re2::RE2> pattern_;
};

}  // namespace nexthopd::classify
