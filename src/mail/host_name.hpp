// Names of domains and hosts, and IP addresses, as they come from strangers.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace nexthopd::mail {

using IpAddress = boost::asio::ip::address;

constexpr std::size_t max_name = 253;  // RFC 1035 §2.3.4, in text form without the final dot

/// A host name from DNS, a log or a script: lower case, without a final dot. nullopt when it is empty,
/// too long, or has a label that is empty, longer than 63, or made of anything but letters, digits,
/// hyphens and underscores, or begins or ends with a hyphen (Postfix' valid_hostname() refuses those too):
/// such a name never reaches a script, SQL or a reply.
std::optional<std::string> host_name(std::string_view text);
/// True when host_name(text) is `text` itself.
bool is_host_name(std::string_view text);

/// A mail domain as a person or an SMTP client wrote it: UTF-8 or A-labels, any case, perhaps with a
/// final dot -> lower-case A-labels (RFC 5891, lookup with UTS #46 non-transitional mapping).
base::Result<std::string> domain_name(std::string_view text);

/// An IPv4 or IPv6 address in text form, without brackets.
std::optional<IpAddress> ip_address(std::string_view text);

}  // namespace nexthopd::mail
