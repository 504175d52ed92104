// The recipient of a question: local part and domain, as far as nexthopd cares about them.
#pragma once

#include <string>
#include <string_view>

namespace nexthopd::mail {

struct Recipient {
    enum class Kind {
        mailbox,    // local@domain: the only kind that is decided
        wildcard,   // "*", which Postfix asks for a catch-all default (transport.c)
        literal,    // local@[192.0.2.1]: the sender chose the server
        malformed,  // no "@", an empty or impossible domain
    };
    Kind kind = Kind::malformed;
    std::string local;    // as given; case is significant (RFC 5321 §2.4); may be quoted, may contain "@"
    std::string domain;   // lower-case A-labels; empty unless mailbox
    std::string address;  // local@domain: the key of holds, queue view and ledger; as given when not a mailbox
};

/// Splits at the last "@": Postfix asks for "a@b"@example.com also as a@b@example.com
/// (its unquoted form). Never fails: what cannot be used has a kind that says so.
Recipient parse_recipient(std::string_view text);

}  // namespace nexthopd::mail
