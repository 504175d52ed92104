// Where one syslog message ends and the next begins on a TCP connection (RFC 6587): each has its length in
// front ("83 <22>1 ..."), or a line end behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace nexthopd::maillog {

class SyslogFrames {
  public:
    /// A longer message is left out: what PostfixLog takes of a line, and the header before it.
    static constexpr std::size_t max_message = 17 * 1024;

    /// `message` is called for each that is complete now. False: this is not syslog, the connection is to be
    /// closed. Memory: max_message, and `bytes`.
    bool take(std::string_view bytes, const std::function<void(std::string_view)>& message);

    /// Messages left out because of their length.
    std::uint64_t overlong() const { return overlong_; }

  private:
    std::string carried_;     // of a message that is not complete
    std::size_t skip_ = 0;    // bytes of a message that is left out
    bool skip_line_ = false;  // likewise, up to its line end
    std::uint64_t overlong_ = 0;
};

}  // namespace nexthopd::maillog
