#include "dns/resolv_conf.hpp"

#include <fmt/format.h>

#include "catch.hpp"

using namespace nexthopd::dns;

namespace {

std::string servers_of(const ResolvConf& conf) {
    std::string out;
    for (const auto& server : conf.servers)
        out += fmt::format("{}{}#{}", out.empty() ? "" : " ", server.address().to_string(), server.port());
    return out;
}

}  // namespace

TEST_CASE("resolv.conf") {
    struct Row {
        const char* name;
        const char* text;
        const char* servers;
        int timeout;   // 0: none given
        int attempts;  // 0: none given
    };
    const std::vector<Row> rows{
        {"empty: this host", "", "127.0.0.1#53", 0, 0},
        {"both families", "nameserver 192.0.2.1\nnameserver\t2001:db8::1\n", "192.0.2.1#53 2001:db8::1#53", 0,
         0},
        {"no line end, blanks, CR", "  nameserver   192.0.2.1  \r\nnameserver 192.0.2.2",
         "192.0.2.1#53 192.0.2.2#53", 0, 0},
        {"comments", "# nameserver 192.0.2.1\n;nameserver 192.0.2.2\nnameserver 192.0.2.3 # here\n",
         "192.0.2.3#53", 0, 0},
        {"three at most",
         "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n",
         "10.0.0.1#53 10.0.0.2#53 10.0.0.3#53", 0, 0},
        {"not an address", "nameserver ns.example.com\nnameserver\nnameserver 192.0.2.1\n", "192.0.2.1#53", 0,
         0},
        {"search and domain are nothing to us", "search example.com\ndomain example.com\n", "127.0.0.1#53", 0,
         0},
        {"options", "options rotate timeout:2 edns0 attempts:4\n", "127.0.0.1#53", 2, 4},
        {"options are capped", "options timeout:600 attempts:0\n", "127.0.0.1#53", 30, 1},
        {"options that are none", "options timeout: attempts:x timeout:-1\n", "127.0.0.1#53", 0, 0},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        const auto conf = parse_resolv_conf(row.text);
        CHECK(servers_of(conf) == row.servers);
        CHECK(conf.timeout.value_or(std::chrono::seconds(0)).count() == row.timeout);
        CHECK(conf.attempts.value_or(0) == row.attempts);
    }
}
