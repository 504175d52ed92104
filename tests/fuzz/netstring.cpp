// Bytes of a socketmap client -> read_netstring() -> request -> recipient, as a session does it; and the
// same bytes one at a time, which must give the same frames.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mail/host_name.hpp"
#include "mail/recipient.hpp"
#include "protocol/netstring.hpp"
#include "protocol/socketmap.hpp"

using namespace nexthopd;
using protocol::Netstring;

namespace {

void require(bool held) {
    if (!held) std::abort();
}

/// A copy of exactly the bytes that are there, so that the sanitizer sees a read past them.
class Exactly {
  public:
    explicit Exactly(std::string_view bytes) : size_(bytes.size()), bytes_(std::make_unique<char[]>(size_)) {
        if (size_ > 0) std::memcpy(bytes_.get(), bytes.data(), size_);
    }
    std::string_view view() const { return {bytes_.get(), size_}; }

  private:
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
};

void require_recipient(std::string_view key) {
    const auto recipient = mail::parse_recipient(key);
    if (recipient.kind != mail::Recipient::Kind::mailbox) {
        require(recipient.domain().empty() && recipient.address == key);
        return;
    }
    require(mail::host_name(recipient.domain()) == recipient.domain());
    require(recipient.address == std::string(recipient.local()) + '@' + std::string(recipient.domain()));
    require(key.substr(0, recipient.local().size()) == recipient.local());
    require(mail::parse_recipient(recipient.address).address == recipient.address);
}

void require_request(std::string_view content) {
    const auto request = protocol::read_socketmap_request(content);
    if (!request) return;
    require(content.substr(content.size() - request->key.size()) == request->key);
    require(request->surface.find_first_of(" .") == std::string_view::npos);
    require(request->connection.find(' ') == std::string_view::npos);
    require_recipient(request->key);
}

/// All frames at the start of the input, and the state that stopped the reading.
Netstring::State read_all(std::string_view input, std::vector<std::string>& frames) {
    std::size_t at = 0;
    while (true) {
        const Exactly rest(input.substr(at));
        const auto read = protocol::read_netstring(rest.view(), protocol::max_request);
        if (read.state != Netstring::State::complete) return read.state;
        require(read.consumed <= rest.view().size() && read.content.size() <= protocol::max_request);
        std::string again;
        protocol::write_netstring(again, read.content);
        require(again == rest.view().substr(0, read.consumed));
        require_request(read.content);
        frames.emplace_back(read.content);
        at += read.consumed;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> frames;
    const auto end = read_all(input, frames);

    std::vector<std::string> slowly;
    std::string buffer;
    auto state = Netstring::State::incomplete;
    for (const char byte : input) {
        buffer.push_back(byte);
        const Exactly bytes(buffer);
        const auto read = protocol::read_netstring(bytes.view(), protocol::max_request);
        state = read.state;
        if (state == Netstring::State::complete) {
            slowly.emplace_back(read.content);
            require(read.consumed == buffer.size());  // nothing was complete before its last byte
            buffer.clear();
            state = Netstring::State::incomplete;
        } else if (state != Netstring::State::incomplete) {
            break;  // a session ends here
        }
    }
    require(slowly == frames && state == end);

    require_request(input);
    require_recipient(input);
    return 0;
}
