// The body of one line that a Postfix program logged. Views into the line; nothing is copied.
//
// Who can write what: reply texts come from any server, addresses from any sender; the keys before
// " status=" come from Postfix (bounce/defer service, log_adhoc.c). So fields are taken from the left
// up to the status, and what follows in parentheses is text and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace nexthopd::maillog {

/// The program behind a syslog tag, as far as it matters here: the last part of "postfix/relay/smtp".
/// Other names of SMTP clients do not exist: the tag ends with the name of the executable.
enum class Service { none, smtp, lmtp, error, local_delivery, qmgr, postsuper };
Service service_of(std::string_view program);

/// `H[IP]` or `H[IP]:port`, as Postfix names a server.
struct Peer {
    std::string_view host;     // empty: no server is named
    std::string_view address;  // made of the characters of IP addresses; not checked further
    std::uint16_t port = 0;    // 0: not given
};
/// The peer at the start of `text`, which is cut off from it. nullopt (and `text` unchanged) for
/// anything else: "none", "local", a path of a unix socket.
std::optional<Peer> take_peer(std::string_view& text);

/// `ID: to=<..>, relay=.., .., status=WORD (text)`: how a delivery to one recipient ended.
struct Outcome {
    std::string_view queue_id;
    std::string_view to;       // without the angle brackets, as logged
    std::string_view orig_to;  // empty: none
    std::string_view relay;    // "none", "local", "dovecot", "H[IP]:port", "H[path]"
    Peer peer;                 // of `relay`; empty when that is no remote server
    std::uint32_t connection_use = 1;
    std::optional<double> delay;  // seconds since arrival
    std::string_view delays;      // before/in queue manager/connecting/sending
    std::string_view dsn;         // as logged; may be empty
    std::string_view status;      // the word
    std::string_view text;        // without the outer parentheses; its end may be cut off
};

/// `ID: text`: a failure after which another server is tried for the same recipients.
struct Interim {
    std::string_view queue_id;
    std::string_view text;
};

/// `connect to H[IP]:port: reason`. It has no queue id.
struct ConnectFailure {
    std::string_view text;  // all of it
};

/// `Untrusted TLS connection established to H[IP]:port: ..`. No queue id.
struct TlsEstablished {
    Peer peer;
};

/// `SSL_connect error to H[IP]:port: ..`: names the server of the next "Cannot start TLS". No queue id.
struct TlsFailure {
    Peer peer;
};

/// `ID: from=<..>, size=N, nrcpt=N (queue active)`
struct QueueActive {
    std::string_view queue_id;
    std::string_view sender;
    std::uint64_t size = 0;
    std::uint32_t nrcpt = 0;
};

/// `ID: from=<..>, status=expired, returned to sender`
struct Expired {
    std::string_view queue_id;
};

/// `ID: removed`
struct Removed {
    std::string_view queue_id;
};

/// Begins like one of the above, but is none: cut, or forged.
struct Malformed {};

/// monostate: a line that is of no interest.
using PostfixLine = std::variant<std::monostate, Malformed, Outcome, Interim, ConnectFailure, TlsEstablished,
                                 TlsFailure, QueueActive, Expired, Removed>;

PostfixLine parse_postfix_line(Service service, std::string_view body);

}  // namespace nexthopd::maillog
