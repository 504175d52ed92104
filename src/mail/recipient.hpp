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
    /// local@domain, the domain in lower-case A-labels: the key of holds, queue view and ledger. As given when
    /// not a mailbox.
    std::string address;
    std::size_t at = 0;  // in a mailbox: where the "@" before the domain is

    /// As given; case is significant (RFC 5321 §2.4); may be quoted, may contain "@". Empty unless mailbox.
    std::string_view local() const { return std::string_view(address).substr(0, at); }
    /// Lower-case A-labels; empty unless mailbox.
    std::string_view domain() const {
        return kind == Kind::mailbox ? std::string_view(address).substr(at + 1) : std::string_view();
    }
};

/// Splits at the last "@": Postfix asks for "a@b"@example.com also as a@b@example.com
/// (its unquoted form). Never fails: what cannot be used has a kind that says so.
Recipient parse_recipient(std::string_view text);

}  // namespace nexthopd::mail
