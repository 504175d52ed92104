#include "reply.hpp"

#include "base/text.hpp"

namespace nexthopd::bench {

Reply read_reply(std::string_view bytes) {
    constexpr Reply malformed{.state = Reply::State::malformed, .text = {}, .size = 0};
    std::size_t length = 0;
    std::size_t at = 0;
    for (; at < bytes.size() && bytes[at] != ':'; ++at) {
        if (!base::is_digit(bytes[at])) return malformed;
        if (at == 1 && bytes[0] == '0') return malformed;  // netstrings have no leading zeros
        length = length * 10 + static_cast<std::size_t>(bytes[at] - '0');
        if (length > max_reply) return malformed;
    }
    if (at == bytes.size()) return {};
    if (at == 0) return malformed;
    const auto body = at + 1;
    if (bytes.size() - body <= length) return {};
    if (bytes[body + length] != ',') return malformed;
    return {.state = Reply::State::complete, .text = bytes.substr(body, length), .size = body + length + 1};
}

}  // namespace nexthopd::bench
