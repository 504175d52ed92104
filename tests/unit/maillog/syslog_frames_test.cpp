#include "maillog/syslog_frames.hpp"

#include <fmt/format.h>

#include <vector>

#include "catch.hpp"

using namespace nexthopd;
using maillog::SyslogFrames;
using Messages = std::vector<std::string>;

namespace {

struct Taken {
    Messages messages;
    bool open = true;
    std::uint64_t overlong = 0;
};

Taken taken(std::string_view stream, std::size_t piece) {
    Taken out;
    SyslogFrames frames;
    for (std::size_t at = 0; at < stream.size() && out.open; at += piece)
        out.open = frames.take(stream.substr(at, piece),
                               [&](std::string_view message) { out.messages.emplace_back(message); });
    out.overlong = frames.overlong();
    return out;
}

}  // namespace

TEST_CASE("messages on a TCP connection, wherever it is cut", "[maillog]") {
    const std::string long_text(SyslogFrames::max_message + 1, 'x');
    const std::string longest(SyslogFrames::max_message, 'x');
    struct Case {
        std::string stream;
        Messages wanted;
        std::uint64_t overlong = 0;
    };
    const Case cases[] = {
        {"<22>a\n<22>b\r\n", {"<22>a", "<22>b\r"}},
        {"\n\n<22>a\n\n", {"<22>a"}},
        {"5 <22>a6 <22>bc", {"<22>a", "<22>bc"}},
        {"6 <22>a\n5 <22>b", {"<22>a\n", "<22>b"}},
        {"5 <22>a\n5 <22>b\n<22>c\n", {"<22>a", "<22>b", "<22>c"}},  // both forms, with line ends between
        {"8 <22>a\nb\n<22>c\n", {"<22>a\nb\n", "<22>c"}},
        {"<22>a", {}},
        {"5 <22>", {}},
        {long_text + "\n<22>a\n", {"<22>a"}, 1},
        {longest + "\n<22>a\n", {longest, "<22>a"}},
        {fmt::format("{} {}5 <22>a", long_text.size(), long_text), {"<22>a"}, 1},
        {fmt::format("{} {}", longest.size(), longest), {longest}},
    };
    for (const auto& one : cases)
        for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 1'000UL, 100'000UL}) {
            INFO(one.stream.substr(0, 60) << " in pieces of " << piece);
            const auto got = taken(one.stream, piece);
            CHECK(got.open);
            CHECK(got.messages == one.wanted);
            CHECK(got.overlong == one.overlong);
        }
}

TEST_CASE("what is no syslog closes the connection", "[maillog]") {
    for (const std::string stream :
         {"0 x", "05 <22>a", "12345678 x", "5x", "99999999999999999999", "5 <22>a7<22>b"})
        for (const std::size_t piece : {1UL, 100UL}) {
            INFO(stream << " in pieces of " << piece);
            CHECK_FALSE(taken(stream, piece).open);
        }
}
