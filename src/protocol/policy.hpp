// Postfix's policy delegation (SMTPD_POLICY_README): `name=value` lines, an empty line; `action=...`, an
// empty line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace nexthopd::protocol {

/// A request of Postfix has some 30 attributes, two of them addresses; its own limit for a line is 2 048
/// bytes.
constexpr std::size_t max_policy_request = 32 * 1024;

/// What is used of a request; views into its bytes. Empty or 0: not said.
struct PolicyRequest {
    std::string_view state;     // protocol_state: RCPT, DATA, END-OF-MESSAGE and others
    std::string_view instance;  // the same in all requests about one message
    std::string_view queue_id;  // empty until the first recipient was accepted
    std::string_view sender;
    std::string_view recipient;  // at RCPT; later only where there is one
    std::uint64_t size = 0;      // at END-OF-MESSAGE the real one, without what Postfix adds
};

struct PolicyFrame {
    enum class State { incomplete, complete, malformed };
    State state = State::incomplete;
    PolicyRequest request;
    std::size_t consumed = 0;  // with complete: bytes of the request
};

/// The first request in `bytes`. Malformed: a line without `=`, another kind of request, or longer than
/// allowed.
PolicyFrame read_policy_request(std::string_view bytes);

inline constexpr std::string_view dunno = "action=DUNNO\n\n";

/// The client shall try again later, unless something else refuses its mail for good.
std::string defer_action(std::string_view hold_id, base::WallTime until);

}  // namespace nexthopd::protocol
