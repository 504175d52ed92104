// Any bytes as a syslog datagram, and as a TCP stream cut anywhere: no crash, bounded memory, and the same
// messages wherever the stream is cut.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "maillog/gap_notice.hpp"
#include "maillog/syslog_frames.hpp"
#include "maillog/syslog_line.hpp"

namespace {

using namespace nexthopd;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

void check(std::string_view message) {
    const auto inside = [&](std::string_view part) {
        return part.empty() || (part.data() >= message.data() &&
                                part.data() + part.size() <= message.data() + message.size());
    };
    const auto line = maillog::split_syslog_message(message);
    if (!line) return;
    require(!line->program.empty() && line->program.find(' ') == std::string_view::npos,
            "a program is one word");
    require(line->stamp.find(' ') == std::string_view::npos || line->stamp.size() == 15,
            "a stamp is one word or fifteen bytes");
    require(inside(line->stamp) && inside(line->host) && inside(line->program) && inside(line->body),
            "views of the message");
    static_cast<void>(maillog::tells_of_lost_lines(line->program, line->body));
}

struct Stream {
    std::vector<std::string> messages;
    bool open = true;
    maillog::SyslogFrames frames;
    void take(std::string_view bytes) {
        if (!open) return;
        open = frames.take(bytes, [&](std::string_view message) {
            require(!message.empty() && message.size() <= maillog::SyslogFrames::max_message,
                    "a message is bounded");
            messages.emplace_back(message);
        });
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check(input);
    Stream whole;
    whole.take(input);
    Stream cut;
    const std::size_t piece = size == 0 ? 1 : data[0] % 7 + 1U;
    for (std::size_t at = 0; at < size; at += piece)
        cut.take(input.substr(at, piece));
    require(whole.messages == cut.messages && whole.open == cut.open,
            "where the stream is cut does not matter");
    require(whole.frames.overlong() == cut.frames.overlong(), "overlong messages are counted once");
    for (const auto& message : whole.messages)
        check(message);
    return 0;
}
