// The address at the start of a delivery line of Exim.
//
// Exim logs the local part without its quotes: `=> a b@one.example <"a b"@one.example> R=dnslookup ..`. The
// sender of a message chooses it, and may write all that Exim writes behind an address into it. What tells
// is the quoted form that follows then, and which the sender cannot keep away.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nexthopd::maillog {

struct EximAddress {
    std::string_view address;   // as logged
    std::string_view original;  // what it was before aliasing; empty: the same
};

/// Cuts the address, its parents in parentheses and its original off the front of `text`. nullopt (and `text`
/// unchanged) where no end can be told, or more than one.
std::optional<EximAddress> take_exim_address(std::string_view& text);

/// The address without quotes and backslashes, as delivery lines have it.
std::string unquoted(std::string_view address);

/// The text between angle brackets at the start of `text`, which is cut off: `<a@b>`, `<"a>b"@c>`.
std::optional<std::string_view> take_angles(std::string_view& text);

}  // namespace nexthopd::maillog
