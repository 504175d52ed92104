#include "mail/nexthop.hpp"

#include <random>

#include "base/text.hpp"
#include "catch.hpp"
#include "mail/host_name.hpp"

using namespace nexthopd;
using namespace nexthopd::mail;

namespace {

/// The grammar of nexthop.hpp, read by a second hand: what smtp(8) and trivial-rewrite(8) take apart.
bool matches_grammar(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    for (const char c : text.substr(0, colon))
        if (std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.").find(c) ==
            std::string_view::npos)
            return false;
    text.remove_prefix(colon + 1);
    if (text.empty()) return colon > 0;
    while (true) {
        if (text.empty() || text.front() != '[') return false;
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        const auto host = text.substr(1, end - 1);
        if (host != host_name(host) && !ip_address(host)) return false;
        text.remove_prefix(end + 1);
        if (!text.empty() && text.front() == ':') {
            const auto digits = text.substr(1, text.find_first_not_of("0123456789", 1) - 1);
            const auto port = base::parse_number(digits, 65535);
            if (!port || *port == 0 || *port == 25 || digits.front() == '0') return false;
            text.remove_prefix(1 + digits.size());
        }
        if (text.empty()) return true;
        if (text.substr(0, 2) != ", ") return false;
        text.remove_prefix(2);
    }
}

}  // namespace

TEST_CASE("each form of a nexthop") {
    struct Row {
        ServerMap map;
        std::string wanted;
    };
    const Row rows[] = {
        {{{{"a.test", 0, 25}}, ""}, ":[a.test]"},
        {{{{"a.test", 10, 25}, {"b.test", 5, 2525}}, ""}, ":[a.test], [b.test]:2525"},  // in the order given
        {{{}, "slow"}, "slow:"},
        {{{{"a.test", 0, 25}}, "slow"}, "slow:[a.test]"},
        {{{{"A.Test.", 0, 65535}}, "smtp-4.x_Y"}, "smtp-4.x_Y:[a.test]:65535"},
        {{{{"192.0.2.1", 0, 25}}, ""}, ":[192.0.2.1]"},
        {{{{"2001:DB8:0::1", 0, 26}}, ""}, ":[2001:db8::1]:26"},
        {{{{"::ffff:192.0.2.1", 0, 25}}, ""}, ":[::ffff:192.0.2.1]"},
    };
    for (const auto& row : rows) {
        INFO(row.wanted);
        const auto text = nexthop_text(row.map);
        REQUIRE(text);
        CHECK(*text == row.wanted);
        CHECK(matches_grammar(*text));
    }
}

TEST_CASE("one wrong element and nothing is written") {
    const Server good{"a.test", 0, 25};
    struct Row {
        ServerMap map;
        std::string wanted;
    };
    const Row rows[] = {
        {{{}, ""}, "neither a server nor a transport is named"},
        {{{good, {"b.test", 0, 0}}, ""}, "server \"b.test\": port 0"},
        {{{good, {"", 0, 25}}, ""}, "server \"\" is not a host name"},
        {{{{"[a.test]", 0, 25}}, ""}, "server \"[a.test]\" is not a host name"},
        {{{{"a.test]", 0, 25}}, ""}, "server \"a.test]\" is not a host name"},
        {{{{"a.test:25", 0, 25}}, ""}, "server \"a.test:25\" is not a host name"},
        {{{{"a .test", 0, 25}}, ""}, "server \"a .test\" is not a host name"},
        {{{{"a.test, [b.test", 0, 25}}, ""}, "server \"a.test, [b.test\" is not a host name"},
        {{{{"a\n.test", 0, 25}}, ""}, "server \"a\\x0a.test\" is not a host name"},
        {{{{"b\xC3\xBC"
            "cher.test",
            0, 25}},
          ""},
         "server \"b\xC3\xBC"
         "cher.test\" is not a host name"},
        {{{{"fe80::1%eth0", 0, 25}}, ""}, "server \"fe80::1%eth0\" is not a host name"},
        {{{{"0.0.0.0", 0, 25}}, ""}, "server \"0.0.0.0\" is not the address of a host"},
        {{{{"ff02::1", 0, 25}}, ""}, "server \"ff02::1\" is not the address of a host"},
        {{{good}, "slow:"}, "transport \"slow:\" is not the name of a master.cf service"},
        {{{good}, "-o"}, "transport \"-o\" is not the name of a master.cf service"},
        {{{good}, "s low"}, "transport \"s low\" is not the name of a master.cf service"},
        {{{good}, std::string(65, 's')},
         "transport \"" + std::string(65, 's') + "\" is not the name of a master.cf service"},
        {{std::vector<Server>(51, good), ""}, "51 servers; at most 50 are used"},
        {{std::vector<Server>(
              50, {std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c'), 0, 25}),
          ""},
         "the list of servers is longer than 8192 bytes"},
    };
    for (const auto& row : rows) {
        INFO(row.wanted);
        const auto text = nexthop_text(row.map);
        REQUIRE_FALSE(text);
        CHECK(text.error().text == row.wanted);
    }
    CHECK(nexthop_text({std::vector<Server>(50, good), ""}));
}

TEST_CASE("whatever the input, what is written is in the grammar") {
    const std::string pieces[] = {
        "a",  "mx1.example.com", ".", "-", "_", "[", "]", ":", ",", " ",  "25",       "0",
        "\n", std::string(1, 0), "@", "'", "%", "/", "*", "A", "x", "::", "\xC3\xBC", "192.0.2.1"};
    std::mt19937 random(7);
    const auto any = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    const auto hostile = [&] {
        std::string out;
        for (auto n = any(5); n > 0; --n)
            out += pieces[any(std::size(pieces))];
        return out;
    };
    std::size_t written = 0;
    for (int i = 0; i < 20'000; ++i) {
        ServerMap map;
        for (auto n = any(4); n > 0; --n)
            map.servers.push_back({any(3) == 0 ? hostile() : "Mx" + std::to_string(any(100)) + ".test",
                                   static_cast<std::uint16_t>(any(65536)),
                                   static_cast<std::uint16_t>(any(5) == 0 ? any(65536) : 25)});
        if (any(3) == 0) map.transport = hostile();
        const auto text = nexthop_text(map);
        if (!text) continue;
        ++written;
        INFO(base::printable(*text));
        REQUIRE(matches_grammar(*text));
    }
    CHECK(written > 5'000);
    CHECK(written < 19'000);
}

TEST_CASE("the texts of holds and failures are one printable line") {
    CHECK(retry_text("delayed until 17:30 UTC (nexthopd 7K3QW)") ==
          "retry:4.7.0 delayed until 17:30 UTC (nexthopd 7K3QW)");
    CHECK(error_text("5.4.4", "no mail server") == "error:5.4.4 no mail server");
    CHECK(retry_text("a\r\nb\tc\x7f\xC3\xBC") == "retry:4.7.0 a??b?c???");
    CHECK(retry_text(std::string(600, 'x')).size() == std::string("retry:4.7.0 ").size() + 500);
    CHECK(retry_text({}) == "retry:4.7.0 ");
}

TEST_CASE("names of transports") {
    for (const char* name : {"smtp", "slow", "smtp-4", "relay_2", "a.b", "9", "_x"})
        CHECK(is_transport_name(name));
    CHECK(is_transport_name(std::string(64, 's')));
    for (const std::string& name :
         {std::string(), std::string("-o"), std::string("s p"), std::string("s:"), std::string("s\n"),
          std::string("s/x"), std::string(1, '\0'), std::string("\xC3\xBC"), std::string(65, 's')})
        CHECK_FALSE(is_transport_name(name));
}
