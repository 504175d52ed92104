// A mail address of a log line on its way into the ledger.
#pragma once

#include <string>
#include <string_view>

namespace nexthopd::maillog {

/// RFC 5321 §4.5.3.1: 64 octets of local part, 255 of domain; some accept more, nobody this much.
constexpr std::size_t max_address = 1000;

struct Mailbox {
    std::string address;  // the domain in lower-case A-labels where it converts
    std::string domain;   // behind the last "@", likewise; empty: there is none
};

Mailbox mailbox(std::string_view logged);

}  // namespace nexthopd::maillog
