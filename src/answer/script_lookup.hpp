// nexthop.resolve: what a script asks of DNS, through the resolver.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "dns/resolver.hpp"
#include "script/host.hpp"

namespace nexthopd::answer {

dns::Type record_type(script::Lookup::Kind kind);
script::LookupResult lookup_result(const mail::MxSet& set);
script::LookupResult lookup_result(const dns::Records& records);

/// Ends when the resolver has an answer.
boost::asio::awaitable<script::LookupResult> look_up(dns::Resolver& resolver, script::Lookup lookup);

}  // namespace nexthopd::answer
