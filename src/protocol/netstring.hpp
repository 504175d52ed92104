// Netstrings (D. J. Bernstein's netstrings, 1997): `LENGTH:BYTES,`. Bytes in, frames out; no sockets.
//
// Strict where readers differ: a length with leading zeros or without digits is refused (Postfix's own
// reader takes both; it never writes them).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nexthopd::protocol {

struct Netstring {
    enum class State {
        complete,    // `content` is a view into the input; `consumed` bytes are used up
        incomplete,  // more bytes are needed
        malformed,   // not a netstring: the connection cannot be understood any more
        too_long,    // longer than the limit
    };
    State state = State::incomplete;
    std::string_view content;
    std::size_t consumed = 0;
};

/// Reads the first netstring of `input`; contents longer than `limit` bytes are refused as soon as the
/// length is known.
Netstring read_netstring(std::string_view input, std::size_t limit);

/// Appends `content` as a netstring.
void write_netstring(std::string& out, std::string_view content);

}  // namespace nexthopd::protocol
