// How often the recipients of one message were tried in vain.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nexthopd::maillog {

class Tries {
  public:
    /// Recipients remembered per message: the default of default_destination_recipient_limit.
    static constexpr std::size_t max_recipients = 50;

    std::uint32_t of(std::string_view recipient) const;
    /// False: there is no room for another recipient, its tries are lost.
    bool add(std::string_view recipient);

  private:
    std::vector<std::pair<std::size_t, std::uint32_t>> tried_;  // hash of the recipient, tries
};

}  // namespace nexthopd::maillog
