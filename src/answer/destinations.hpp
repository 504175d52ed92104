// What the MTA's lookup tables say about a domain: asked beside, remembered.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace nexthopd::answer {

struct DestinationFacts {
    bool delivered_otherwise = false;  // an entry in a table of domains or transports: not a matter of MX
    bool tls_policy = false;           // an entry in a TLS policy table
};

class Destinations {
  public:
    virtual ~Destinations() = default;

    /// What is remembered; nullopt: nothing. Never blocks.
    virtual std::optional<DestinationFacts> known(std::string_view domain, base::Instant now) = 0;

    /// Looks it up, together with other domains. nullopt: the tables could not be read. Never throws. The
    /// caller may stop waiting: the lookup goes on.
    virtual boost::asio::awaitable<std::optional<DestinationFacts>> look_up(std::string domain) = 0;
};

}  // namespace nexthopd::answer
