#include "protocol/netstring.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "base/text.hpp"
#include "catch.hpp"
#include "protocol/socketmap.hpp"

using namespace nexthopd;
using namespace nexthopd::protocol;
using namespace std::string_literals;
using State = Netstring::State;

namespace {

std::string written(std::string_view content) {
    std::string out;
    write_netstring(out, content);
    return out;
}

std::string from_hex(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2)
        out.push_back(static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16)));
    return out;
}

struct Frames {
    std::vector<std::string> contents;
    State last = State::incomplete;  // what stopped the reading
    std::string rest;
};

/// Feeds chunks as a session does: what is complete is taken, the rest waits for more bytes.
Frames feed(const std::vector<std::string>& chunks, std::size_t limit) {
    Frames out;
    for (const auto& chunk : chunks) {
        out.rest += chunk;
        while (true) {
            const auto read = read_netstring(out.rest, limit);
            out.last = read.state;
            if (read.state == State::malformed || read.state == State::too_long) return out;
            if (read.state == State::incomplete) break;
            out.contents.emplace_back(read.content);
            out.rest.erase(0, read.consumed);
        }
    }
    return out;
}

}  // namespace

TEST_CASE("netstrings are read") {
    struct Row {
        std::string input;
        State state;
        std::string content;
        std::size_t consumed;
    };
    const Row rows[] = {
        {"", State::incomplete, "", 0},
        {"0:,", State::complete, "", 3},
        {"1:X,", State::complete, "X", 4},
        {"3:a,b,4:", State::complete, "a,b", 6},
        {"3:\0\n,,"s, State::complete, "\0\n,"s, 6},
        {"3", State::incomplete, "", 0},
        {"3:", State::incomplete, "", 0},
        {"3:abc", State::incomplete, "", 0},
        {"100:x", State::incomplete, "", 0},
        {"3:abc;", State::malformed, "", 0},
        {"3:abcd,", State::malformed, "", 0},
        {":,", State::malformed, "", 0},
        {",", State::malformed, "", 0},
        {"00:,", State::malformed, "", 0},
        {"01:X,", State::malformed, "", 0},
        {"00", State::malformed, "", 0},  // known to be wrong before the colon
        {"-1:,", State::malformed, "", 0},
        {"+1:X,", State::malformed, "", 0},
        {" 1:X,", State::malformed, "", 0},
        {"1 :X,", State::malformed, "", 0},
        {"0x1:X,", State::malformed, "", 0},
        {"GET / HTTP/1.0\r\n", State::malformed, "", 0},
        {"\x16\x03\x01\x02", State::malformed, "", 0},
        {"1\0:X,"s, State::malformed, "", 0},
        {"100:", State::incomplete, "", 0},
        {"101:", State::too_long, "", 0},
        {"101", State::too_long, "", 0},  // known before its bytes are there
        {"4294967297:", State::too_long, "", 0},
        {"18446744073709551617:X,", State::too_long, "", 0},
        {std::string(100'000, '9'), State::too_long, "", 0},
    };
    for (const auto& row : rows) {
        INFO(base::printable(row.input, 60));
        const auto read = read_netstring(row.input, 100);
        CHECK(read.state == row.state);
        CHECK(read.content == row.content);
        CHECK(read.consumed == row.consumed);
    }
}

TEST_CASE("the limit is the longest content") {
    const auto full = written(std::string(max_request, 'x'));
    CHECK(read_netstring(full, max_request).state == State::complete);
    const auto more = written(std::string(max_request + 1, 'x'));
    CHECK(read_netstring(more, max_request).state == State::too_long);
    CHECK(read_netstring("0:,", 0).state == State::complete);
    CHECK(read_netstring("1:x,", 0).state == State::too_long);
}

TEST_CASE("what is written is read again, byte by byte as well") {
    std::mt19937 random(1);
    const auto any = [&](int to) { return std::uniform_int_distribution<int>(0, to)(random); };
    for (int i = 0; i < 300; ++i) {
        std::string stream;
        std::vector<std::string> wanted;
        for (int n = any(4); n >= 0; --n) {
            std::string content;
            for (int length = any(120); length > 0; --length)
                content.push_back(static_cast<char>(any(255)));
            write_netstring(stream, content);
            wanted.push_back(std::move(content));
        }
        CHECK(feed({stream}, 200).contents == wanted);
        std::vector<std::string> bytes;
        for (const char c : stream)
            bytes.emplace_back(1, c);
        const auto slowly = feed(bytes, 200);
        CHECK(slowly.contents == wanted);
        CHECK(slowly.rest.empty());
    }
    CHECK(written("") == "0:,");
    CHECK(written("NOTFOUND ") == "9:NOTFOUND ,");
}

TEST_CASE("vectors of other implementations") {
    std::ifstream file(NEXTHOPD_CORPORA "/corpora/netstring-vectors.jsonl");
    if (!file) {
        WARN("the corpora are not here: skipped");
        return;
    }
    std::size_t checked = 0;
    for (std::string line; std::getline(file, line);) {
        const auto vector = nlohmann::json::parse(line);
        INFO(line);
        std::vector<std::string> chunks;
        for (const auto& chunk : vector.at("chunks"))
            chunks.push_back(from_hex(chunk.get<std::string>()));
        const auto found = feed(chunks, vector.value("limit", max_request));
        const auto& expected = vector.at("expect");
        if (vector.contains("conflict")) {
            CHECK(found.last == State::malformed);  // where readers differ, the strict way
        } else if (expected.contains("error")) {
            CHECK((found.last == State::malformed || found.last == State::too_long));
        } else if (expected.contains("incomplete")) {
            CHECK(found.last == State::incomplete);
            CHECK(found.contents.empty());
        } else {
            CHECK(found.contents == expected.at("ok").get<std::vector<std::string>>());
            CHECK(found.last == (expected.contains("then") ? State::malformed : State::incomplete));
        }
        ++checked;
    }
    CHECK(checked > 40);
}
