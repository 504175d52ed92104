#include "mail/server_map.hpp"

#include <random>

#include "base/text.hpp"
#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::mail;
using namespace std::string_literals;

TEST_CASE("servers as a script writes them") {
    struct Row {
        std::string text;
        std::string host;
        std::uint16_t port;
    };
    const Row rows[] = {
        {"mx1.example.com", "mx1.example.com", 25},
        {"MX1.Example.com.", "mx1.example.com", 25},
        {"mx1.example.com:2525", "mx1.example.com", 2525},
        {"mx1.example.com:25", "mx1.example.com", 25},
        {"b\xC3\xBC"
         "cher.test:65535",
         "xn--bcher-kva.test", 65535},
        {"192.0.2.1", "192.0.2.1", 25},
        {"192.0.2.1:2525", "192.0.2.1", 2525},
        {"2001:DB8::1", "2001:db8::1", 25},
        {"[2001:db8::1]", "2001:db8::1", 25},
        {"[2001:db8::1]:2525", "2001:db8::1", 2525},
        {"[192.0.2.1]:2525", "192.0.2.1", 2525},
        {"2001:db8::1:2525", "2001:db8::1:2525", 25},  // without brackets all of it is the address
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto server = parse_server(row.text);
        REQUIRE(server);
        CHECK(server->host == row.host);
        CHECK(server->port == row.port);
        CHECK(server->preference == 0);
    }
}

TEST_CASE("what is no server is told how to be written") {
    for (const auto& text : {""s,
                             ":"s,
                             ":25"s,
                             "mx1.example.com:"s,
                             "mx1.example.com:0"s,
                             "mx1.example.com:65536"s,
                             "mx1.example.com:-1"s,
                             "mx1.example.com:+25"s,
                             "mx1.example.com: 25"s,
                             "mx1.example.com:smtp"s,
                             "mx1.example.com:25:25"s,
                             "mx1.example.com 25"s,
                             "mx1.example.com, mx2.example.com"s,
                             "[mx1.example.com]:25"s,  // brackets are for addresses
                             "[]"s,
                             "["s,
                             "]"s,
                             "[2001:db8::1"s,
                             "[2001:db8::1]25"s,
                             "[2001:db8::1]:"s,
                             "[2001:db8::1]:0"s,
                             "[2001:db8::1]]:25"s,
                             "fe80::1%eth0"s,
                             "[fe80::1%eth0]:25"s,
                             "mx1.example.com\n"s,
                             "mx1\0.example.com"s,
                             "user:password@mx1.example.com"s,
                             "smtp:[mx1.example.com]"s,
                             "\xFF\xFE"s,
                             std::string(100'000, 'a')}) {
        INFO(base::printable(text, 80));
        const auto server = parse_server(text);
        REQUIRE_FALSE(server);
        CHECK(server.error().text.find("is not a server; write mx1.example.com, mx1.example.com:2525 or "
                                       "[2001:db8::1]:2525") != std::string::npos);
        CHECK(server.error().text.size() < 1'500);
        CHECK(server.error().text.find('\n') == std::string::npos);
    }
}

TEST_CASE("equal preferences have one order, whatever the order they came in") {
    const std::vector<Server> wanted = {
        {"b.test", 5, 25}, {"a.test", 10, 25}, {"a.test", 10, 2525}, {"c.test", 10, 25}, {"a.test", 20, 25},
    };
    std::mt19937 random(1);
    for (int i = 0; i < 50; ++i) {
        auto servers = wanted;
        std::shuffle(servers.begin(), servers.end(), random);
        sort_by_preference(servers);
        REQUIRE(servers == wanted);
    }
}
