// Bytes of smtpd -> read_policy_request(), as a session does it: never more consumed than there is, and a
// request is the same whether its bytes come together or one after the other.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/policy.hpp"

using namespace nexthopd::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string bytes(data, data + size);
    while (true) {
        const auto frame = read_policy_request(bytes);
        if (frame.state != PolicyFrame::State::complete) return 0;
        if (frame.consumed == 0 || frame.consumed > bytes.size()) std::abort();
        const auto alone = read_policy_request(std::string_view(bytes).substr(0, frame.consumed));
        if (alone.state != frame.state || alone.request.instance != frame.request.instance) std::abort();
        if (frame.consumed <= 300)
            for (std::size_t n = 0; n < frame.consumed; ++n)
                if (read_policy_request(std::string_view(bytes).substr(0, n)).state !=
                    PolicyFrame::State::incomplete)
                    std::abort();
        bytes.erase(0, frame.consumed);
    }
}
