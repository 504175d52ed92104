// One line of Exim's main log. Views into the line; nothing is copied.
//
// Who can write what: reply texts come from any server, addresses from any sender, the rest from Exim
// (deliver.c and smtp.c, 4.8x to 4.99). A delivery line is read from the left; whatever does not fit makes it
// malformed, so that text of a stranger never becomes a field.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "maillog/postfix_line.hpp"

namespace nexthopd::maillog {

/// A line up to the message id.
struct EximFrame {
    std::string_view
        stamp;  // "2026-11-22 16:51:23", with ".123" and " +0100" where Exim is told to; or syslog's
    std::uint32_t pid = 0;  // 0: not logged
    std::string_view id;    // 6-6-2 or, from 4.97 on, 6-11-4 characters; empty: the line is about no message
    std::string_view body;  // behind the id, without the line end
};

/// A line of the file, or one that went through syslog as "exim" or "exim4"; without an id where it is
/// another program's, or the continuation of one that Exim has split for syslog. nullopt: no line of a log.
std::optional<EximFrame> split_exim_line(std::string_view line);

/// `<= SENDER ..`
struct EximArrival {
    std::string_view sender;  // empty: the null sender
    std::optional<std::uint64_t> size;
};

/// `=> ADDRESS ..`, `== ADDRESS ..`, `** ADDRESS ..`: how a delivery to one recipient ended, or was put off.
struct EximOutcome {
    enum class Flag {
        delivered,   // =>
        further,     // -> one more recipient of the same transaction
        suppressed,  // *> by exim -N
        cutthrough,  // >> while the message still came in
        deferred,    // ==
        failed,      // **
    };
    Flag flag = Flag::delivered;
    std::string_view address;
    std::string_view original;   // before aliasing; empty: the same
    std::string_view router;     // empty: none
    std::string_view transport;  // empty: none
    Peer peer;                   // of H=; without an address: it is no remote server
    bool tls = false;
    bool routing = false;  // "routing defer": no router was asked
    int error = 0;         // of "defer (..)": errno, or one of Exim's own numbers, which are negative
    std::optional<std::uint64_t> size;
    std::optional<double> queue_time;  // seconds since arrival
    std::string_view sender;           // of F=, empty where that is not logged
    std::string_view text;             // the reply, with Exim's backslashes, or why it failed
};

/// `H=NAME [IP] ..`: a host failed, for recipients that are not named, or named in the reply only.
struct EximInterim {
    Peer peer;
    std::string_view text;
};

/// `TLS session: ..: delivering unencrypted to H=NAME [IP] (not in hosts_require_tls)`: a second connection
/// follows.
struct EximTlsFailure {
    Peer peer;
    std::string_view text;
};

/// `Completed`, `removed by ..`
struct EximGone {};

/// Begins like one of the above, but is none: cut, or forged.
struct EximMalformed {};

/// monostate: a line that is of no interest.
using EximLine = std::variant<std::monostate, EximMalformed, EximArrival, EximOutcome, EximInterim,
                              EximTlsFailure, EximGone>;

/// `body` as in EximFrame, of a line that has an id.
EximLine parse_exim_line(std::string_view body);

}  // namespace nexthopd::maillog
