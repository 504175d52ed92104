#include "config/units.hpp"

#include "catch.hpp"

using namespace nexthopd::config;
using namespace std::chrono_literals;

namespace {

constexpr auto no_unit = "a duration needs a unit, write \"250ms\" or \"10s\"";
constexpr auto no_duration = "write a duration as a number and ms, s, m, h or d, as in \"250ms\" or \"10m\"";
constexpr auto no_size = "write a size as a number and KiB, MiB or GiB, as in \"64MiB\", or in bytes";
constexpr auto no_rate = "write a rate as a whole number and /s, /m or /h, as in \"100/s\"";

}  // namespace

TEST_CASE("durations") {
    struct Row {
        const char* text;
        Milliseconds wanted;
    };
    const Row rows[] = {
        {"250ms", 250ms}, {"10s", 10s},     {"10m", 10min}, {"24h", 24h}, {"2d", 48h},
        {"1.5h", 90min},  {"0.25s", 250ms}, {"0s", 0ms},    {"007s", 7s}, {"0.0004s", 0ms},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto found = parse_duration(row.text);
        REQUIRE(found);
        CHECK(*found == row.wanted);
    }
}

TEST_CASE("what is no duration is told what to write") {
    struct Row {
        std::string text;
        std::string wanted;
    };
    const Row rows[] = {
        {"250", no_unit},
        {"1.5", no_unit},
        {"", no_duration},
        {"ms", no_duration},
        {"-1s", no_duration},
        {"+1s", no_duration},
        {"1 s", no_duration},
        {" 1s", no_duration},
        {"1s ", no_duration},
        {"1S", no_duration},
        {"1min", no_duration},
        {"1e3s", no_duration},
        {".5h", no_duration},
        {"1.h", no_duration},
        {"1.2.3h", no_duration},
        {"infs", no_duration},
        {"nans", no_duration},
        {"1h30m", no_duration},
        {"1,5h", no_duration},
        {"0x1s", no_duration},
        {std::string(400, '9') + "d", no_duration},
        {"9007199254740994ms", no_duration},
        {std::string("1s\0", 3), no_duration},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto found = parse_duration(row.text);
        REQUIRE_FALSE(found);
        CHECK(found.error().text == row.wanted);
    }
}

TEST_CASE("durations are shown in the unit that a person would choose") {
    struct Row {
        Milliseconds value;
        const char* wanted;
    };
    const Row rows[] = {{0ms, "0ms"}, {1ms, "1ms"},   {250ms, "250ms"}, {1500ms, "1500ms"}, {5s, "5s"},
                        {60s, "1m"},  {90min, "90m"}, {24h, "1d"},      {36h, "36h"},       {720h, "30d"}};
    for (const auto& row : rows)
        CHECK(to_text(row.value) == row.wanted);
}

TEST_CASE("sizes") {
    struct Row {
        const char* text;
        std::uint64_t wanted;
    };
    const Row rows[] = {{"64MiB", 67108864}, {"2GiB", 2147483648},   {"1KiB", 1024},
                        {"4096", 4096},      {"1.5GiB", 1610612736}, {"0", 0}};
    for (const auto& row : rows) {
        INFO(row.text);
        const auto found = parse_size(row.text);
        REQUIRE(found);
        CHECK(*found == row.wanted);
    }
    for (const char* text : {"", "MiB", "64MB", "64M", "64 MiB", "1e6", "-1", "64mib", "9999999999GiB"}) {
        INFO(text);
        const auto found = parse_size(text);
        REQUIRE_FALSE(found);
        CHECK(found.error().text == no_size);
    }
    CHECK(size_text(67108864) == "64MiB");
    CHECK(size_text(1000) == "1000");
}

TEST_CASE("rates") {
    CHECK(parse_rate("100/s").value() == Rate{100, 1s});
    CHECK(parse_rate("20/m").value() == Rate{20, 60s});
    CHECK(parse_rate("5/h").value() == Rate{5, 3600s});
    for (const char* text :
         {"", "100", "/s", "100/", "100/d", "1.5/s", "-1/s", "100 /s", "100/s/s", "4294967296/s"}) {
        INFO(text);
        const auto found = parse_rate(text);
        REQUIRE_FALSE(found);
        CHECK(found.error().text == no_rate);
    }
}
