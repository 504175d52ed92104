// A socketmap reply: one netstring (socketmap_table(5)). Written anew here, so that a fault in the
// server's own framing is not shared by the tool that checks it.
#pragma once

#include <cstddef>
#include <string_view>

namespace nexthopd::bench {

/// Postfix refuses a longer reply (dict_sockmap.c: DICT_SOCKMAP_MAX_REPLY).
constexpr std::size_t max_reply = 100000;

struct Reply {
    enum class State { partial, malformed, complete };
    State state = State::partial;
    std::string_view text;  // of a complete reply; a view into the bytes given
    std::size_t size = 0;   // bytes of the netstring, when complete
};

/// Reads the netstring at the start of `bytes`. It is malformed as soon as no continuation could make it
/// good.
Reply read_reply(std::string_view bytes);

}  // namespace nexthopd::bench
