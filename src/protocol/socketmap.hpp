// Postfix's socketmap (socketmap_table(5)): requests `MAP KEY`, replies `OK VALUE` and `NOTFOUND `.
//
// TEMP, TIMEOUT and PERM are never written: each of them makes Postfix defer the mail ("address resolver
// failure").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "decide/verdict.hpp"

namespace nexthopd::protocol {

/// A recipient has at most 64 + 1 + 255 bytes (RFC 5321 §4.5.3.1), Postfix takes longer ones; the reply
/// limit of its own client is 100 000.
constexpr std::size_t max_request = 8192;

struct SocketmapRequest {
    std::string_view surface;     // "transport"
    std::string_view connection;  // what follows the first dot of the map name; empty: the default
    std::string_view key;
};

/// nullopt: there is no blank between map name and key.
std::optional<SocketmapRequest> read_socketmap_request(std::string_view content);

/// The reply's content for a verdict; a route that cannot be written (it was checked before) is left alone.
std::string transport_reply(const decide::Verdict& verdict);

inline constexpr std::string_view not_found = "NOTFOUND ";

/// What senders see of a hold, also in `postqueue -p`: says until when and the id, and nothing about why.
std::string hold_text(std::string_view id, base::WallTime until);

}  // namespace nexthopd::protocol
