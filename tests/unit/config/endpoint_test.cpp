#include "config/endpoint.hpp"

#include "catch.hpp"

using namespace nexthopd::config;

TEST_CASE("endpoints are read and shown alike") {
    for (const char* text :
         {"unix:/run/nexthopd/control", "inet:127.0.0.1:746", "inet:[::1]:746", "inet:0.0.0.0:65535"}) {
        INFO(text);
        const auto found = parse_endpoint(text);
        REQUIRE(found);
        CHECK(to_text(*found) == text);
        CHECK(found->is_unix() == std::string_view(text).starts_with("unix:"));
    }
}

TEST_CASE("what is no endpoint is told what to write") {
    const std::string path = "a socket needs its full path, as in \"unix:/run/nexthopd/control\"";
    const std::string inet =
        "write an address, not a name, and a port from 1 to 65535, as in \"inet:127.0.0.1:746\" or "
        "\"inet:[::1]:746\"";
    const std::string form = "write \"unix:\" and a path, or \"inet:\", an address and a port";
    struct Row {
        std::string text;
        std::string wanted;
    };
    const Row rows[] = {
        {"", form},
        {"/run/x", form},
        {"127.0.0.1:746", form},
        {"tcp:127.0.0.1:746", form},
        {"unix:", path},
        {"unix:run/x", path},
        {"unix:@x", path},
        {"unix:/" + std::string(107, 'x'), "the path of a socket has at most 107 bytes, this one has 108"},
        {std::string("unix:/a\0b", 9), "a path cannot contain a NUL"},
        {"inet:", inet},
        {"inet:746", inet},
        {"inet:localhost:746", inet},
        {"inet:127.0.0.1", inet},
        {"inet:127.0.0.1:", inet},
        {"inet:127.0.0.1:0", inet},
        {"inet:127.0.0.1:65536", inet},
        {"inet:127.0.0.1:+7", inet},
        {"inet:::1:746", inet},
        {"inet:[127.0.0.1]:746", inet},
        {"inet:[]:746", inet},
        {"inet:*:746", inet},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto found = parse_endpoint(row.text);
        REQUIRE_FALSE(found);
        CHECK(found.error().text == row.wanted);
    }
    CHECK(parse_endpoint("unix:/" + std::string(106, 'x')));
}

TEST_CASE("servers have a default port") {
    struct Row {
        const char* text;
        const char* wanted;
    };
    const Row rows[] = {{"127.0.0.1", "127.0.0.1:53"},
                        {"127.0.0.1:5353", "127.0.0.1:5353"},
                        {"::1", "[::1]:53"},
                        {"[::1]:5353", "[::1]:5353"}};
    for (const auto& row : rows) {
        INFO(row.text);
        const auto found = parse_host_port(row.text, dns_port);
        REQUIRE(found);
        CHECK(to_text(*found) == row.wanted);
    }
    for (const char* text :
         {"", "dns.example.com", "127.0.0.1:", "127.0.0.1:0", "[::1]", "127.0.0.1:53:53"}) {
        INFO(text);
        CHECK_FALSE(parse_host_port(text, dns_port));
    }
}
