#include "wiring/block.hpp"

#include "catch.hpp"

using namespace nexthopd::wiring;

TEST_CASE("blocks are taken out byte for byte") {
    const auto block = marked_block("a = 1\nb = 2\n");
    CHECK(without_blocks("f", block).value() == "");
    CHECK(without_blocks("f", "x\n" + block + "y").value() == "x\ny");
    CHECK(without_blocks("f", "x\n" + block + "y\n" + marked_block("c\n") + "z\n").value() == "x\ny\nz\n");
    for (const auto* text : {"", "x", "x\n", "says # nexthopd: begin in a line\n"})
        CHECK(without_blocks("f", text).value() == text);
}

TEST_CASE("a block that was edited by hand is left as it is") {
    const auto block = marked_block("a = 1\n");
    auto edited = block;
    edited.replace(edited.find('1'), 1, "2");
    const std::string rows[] = {
        edited,
        block.substr(0, block.size() - 3),     // its last line is gone
        block.substr(0, block.find("a = 1")),  // or all of it
        "# nexthopd: begin",
        "# nexthopd: begin \n# nexthopd: end\n",
    };
    for (const auto& text : rows) {
        INFO(text);
        const auto bare = without_blocks("f", text);
        if (text == "# nexthopd: begin") {
            CHECK(bare);  // no such line is written
            continue;
        }
        REQUIRE_FALSE(bare);
        CHECK(bare.error().text.starts_with("f: what stands between"));
    }
}
