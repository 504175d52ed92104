#include "maillog/logged_text.hpp"

#include <string>

#include "catch.hpp"

using nexthopd::maillog::logged_text;

TEST_CASE("text for the ledger is printable and well-formed", "[maillog]") {
    CHECK(logged_text("450 4.2.1 busy", 100) == "450 4.2.1 busy");
    CHECK(logged_text("jürgen@bücher.example", 100) == "jürgen@bücher.example");
    CHECK(logged_text(std::string_view("a\0b\tc\x1b[31md\x7f", 12), 100) == "a?b?c?[31md?");
    CHECK(logged_text("bad \xff\xc3 \xc3\xbc", 100) == "bad ?? ??");
    CHECK(logged_text("abcdef", 3) == "abc");
    CHECK(logged_text("aü", 2) == "a");
    CHECK(logged_text("aü", 3) == "aü");
    CHECK(logged_text("", 3).empty());
    CHECK(logged_text("\x80\x80\x80\x80", 2).empty());
}
