#include "protocol/netstring.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace nexthopd::protocol {

Netstring read_netstring(std::string_view input, std::size_t limit) {
    Netstring out;
    std::size_t length = 0;
    std::size_t at = 0;
    for (; at < input.size() && base::is_digit(input[at]); ++at) {
        if (at == 1 && input[0] == '0') return out.state = Netstring::State::malformed, out;
        length = length * 10 + static_cast<std::size_t>(input[at] - '0');
        if (length > limit) return out.state = Netstring::State::too_long, out;
    }
    if (at == input.size()) return out;
    if (at == 0 || input[at] != ':') return out.state = Netstring::State::malformed, out;
    ++at;
    if (input.size() - at <= length) return out;
    if (input[at + length] != ',') return out.state = Netstring::State::malformed, out;
    out.state = Netstring::State::complete;
    out.content = input.substr(at, length);
    out.consumed = at + length + 1;
    return out;
}

void write_netstring(std::string& out, std::string_view content) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), content.size()).ptr;
    out.append(digits.data(), end);
    out += ':';
    out += content;
    out += ',';
}

}  // namespace nexthopd::protocol
