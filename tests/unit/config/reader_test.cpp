#include "config/reader.hpp"

#include "catch.hpp"
#include "config/schema.hpp"

using namespace nexthopd::config;
using namespace std::chrono_literals;

namespace {

ReadResult from(std::string text) {
    return understand({{"a.toml", std::move(text)}});
}

/// The text form of all problems, one a line; empty when there is none.
std::string complaints(const std::vector<Source>& sources) {
    std::string out;
    const auto result = understand(sources);
    if (!result)
        for (const auto& problem : result.error())
            out += (out.empty() ? "" : "\n") + to_text(problem);
    return out;
}

}  // namespace

TEST_CASE("nothing set gives the defaults") {
    CHECK(understand({}).value() == defaults());
    CHECK(from("").value() == defaults());
    CHECK(from("# nothing\n[hold]\n").value() == defaults());
}

TEST_CASE("every key of the manual's block is known, in effect or refused for now") {
    // Written down apart from the schema: a key that is lost there is missed here.
    struct Row {
        const char* text;
        const char* pending;  // the key as the refusal names it; empty: it has its effect
    };
    const Row rows[] = {
        {R"(mode = "enforce")", ""},
        {R"(mode = "observe")", ""},
        {R"(on_error = "pass")", ""},
        {R"(on_error = "hold")", "\"on_error\""},
        {R"(local_domains = [])", ""},
        {R"(allow_bypass_relayhost = false)", ""},
        {R"(allow_bypass_relayhost = true)", ""},
        {R"(allow_insecure_override = true)", ""},
        {R"(allow_unprivileged_port = true)", ""},
        {R"(decide_relay_domains = true)", ""},
        {R"(reveal_reason = true)", "\"reveal_reason\""},
        {R"(listen.socketmap = ["unix:/var/spool/postfix/nexthopd/socketmap"])", ""},
        {R"(listen.socketmap = ["inet:127.0.0.1:746"])", ""},
        {R"(listen.policy = ["unix:/var/spool/postfix/nexthopd/policy"])", ""},
        {R"(listen.policy = [])", ""},
        {"listen.exim = [\"inet:127.0.0.1:747\"]\n[[exim]]", ""},
        {R"(listen.exim = [])", ""},
        {R"(listen.control = "unix:/run/nexthopd/control")", ""},
        {R"(listen.http = "inet:127.0.0.1:9747")", ""},
        {R"(listen.http = "")", ""},
        {R"(deadline.transport = "250ms")", ""},
        {R"(deadline.mxfilter = "500ms")", "\"deadline.mxfilter\""},
        {R"(deadline.policy = "500ms")", "\"deadline.policy\""},
        {R"(deadline.exim = "1500ms")", ""},
        {R"(policy.act = false)", ""},
        {R"(policy.act = true)", ""},
        {R"(syslog.listen = "")", ""},
        {R"(syslog.listen = "inet:127.0.0.1:5514")", ""},
        {R"(syslog.allow = ["127.0.0.1"])", ""},
        {R"(script.file = "/etc/nexthopd/mxserverrules.lua")", ""},
        {R"(script.memory = "64MiB")", ""},
        {R"(script.time = "50ms")", ""},
        {R"(dns.servers = [])", ""},
        {R"(dns.servers = ["127.0.0.1:53"])", ""},
        {R"(ledger.database = "/var/lib/nexthopd/ledger.db")", ""},
        {R"(ledger.retention = "30d")", ""},
        {R"(ledger.max_size = "2GiB")", ""},
        {R"(ledger.privacy = "full")", ""},
        {R"(ledger.privacy = "hashed")", ""},
        {R"(ledger.privacy = "domain")", ""},
        {"[[postfix]]\nname = \"postfix\"\nconfig_directory = \"/etc/postfix\"\nlog = \"/var/log/mail.log\"",
         ""},
        {"[[postfix]]\nlog = \"\"", ""},
        {"[[postfix]]\nlog = \"journal\"", ""},
        {"[[exim]]\nname = \"exim\"\nlog = \"/var/log/exim4/mainlog\"", ""},
        {"[[exim]]\nkey_file = \"/etc/nexthopd/exim.key\"\nretry_limit = \"4d\"", ""},
        {"exim = []", ""},
        {R"(hold.default = "5m")", ""},
        {R"(hold.max = "24h")", ""},
        {R"(hold.max_total = "2d")", ""},
        {R"(release.rate = "100/s")", ""},
        {R"(release.postfix = ["/usr/sbin/postqueue", "-c", "%config_directory", "-i", "%id"])", ""},
        {R"(release.exim = "releaser")", ""},
        {"[[connection]]\nname = \"newsletters\"\nid = 2", ""},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto result = from(row.text);
        if (*row.pending == '\0') {
            CHECK(complaints({{"a.toml", row.text}}).empty());
        } else {
            REQUIRE_FALSE(result);
            REQUIRE(result.error().size() == 1);
            CHECK(result.error().front().text.starts_with(std::string(row.pending) +
                                                          " has no effect in this version ("));
        }
    }
}

TEST_CASE("values") {
    const auto settings = from(R"(
mode = "observe"
local_domains = ["Example.COM", "b\u00fccher.example"]
[listen]
socketmap = []
control = "unix:/run/x"
[deadline]
transport = "1s"
[script]
memory = 1048576
time = "200ms"
[dns]
servers = ["127.0.0.1:5353", "::1"]
[hold]
default = "1.5h"
[release]
rate = "20/m"
[[postfix]]
log = "/var/log/mail.log"
[[postfix]]
name = "postfix-out"
config_directory = ""
log = ""
[[connection]]
name = "newsletters"
id = 2
)");
    REQUIRE(settings);
    CHECK(settings->mode == Mode::observe);
    CHECK(settings->local_domains == std::vector<std::string>{"example.com", "xn--bcher-kva.example"});
    CHECK(settings->listen.socketmap.empty());
    CHECK(settings->listen.control.path == "/run/x");
    CHECK(settings->deadline.transport == 1s);
    CHECK(settings->script.memory == 1048576);
    CHECK(settings->script.time == 200ms);
    REQUIRE(settings->dns.servers.size() == 2);
    CHECK(to_text(settings->dns.servers[1]) == "[::1]:53");
    CHECK(settings->hold.fallback == 90min);
    CHECK(settings->hold.max == 24h);
    CHECK(settings->release.rate == Rate{20, 60s});
    REQUIRE(settings->postfix.size() == 2);
    CHECK(settings->postfix[0] == PostfixInstance{"postfix", "/etc/postfix", "/var/log/mail.log"});
    CHECK(settings->postfix[1] == PostfixInstance{"postfix-out", "", ""});
    CHECK(settings->connection == std::vector<ConnectionSetting>{{"newsletters", 2}});
}

TEST_CASE("a later file overrides keys and lists; tables with a name add up") {
    const auto settings = understand({
        {"10.toml",
         "mode = \"observe\"\n[hold]\ndefault = \"1m\"\nmax = \"1h\"\n[dns]\nservers = [\"127.0.0.1\", "
         "\"::1\"]\n"
         "[[connection]]\nname = \"a\"\n"},
        {"20.toml",
         "hold.default = \"2m\"\ndns.servers = [\"127.0.0.2\"]\n[[connection]]\nname = \"b\"\nid = 1\n"},
    });
    REQUIRE(settings);
    CHECK(settings->mode == Mode::observe);
    CHECK(settings->hold.fallback == 2min);
    CHECK(settings->hold.max == 1h);
    REQUIRE(settings->dns.servers.size() == 1);
    CHECK(to_text(settings->dns.servers[0]) == "127.0.0.2:53");
    CHECK(settings->connection == std::vector<ConnectionSetting>{{"a", 0}, {"b", 1}});
}

TEST_CASE("problems say where, what and what to do") {
    struct Row {
        const char* name;
        std::string text;
        std::string wanted;
    };
    const Row rows[] = {
        {"unknown key in a table", "[dns]\n  server = []",
         "a.toml:2:3: unknown key \"dns.server\"; did you mean \"dns.servers\"?"},
        {"unknown key", "xyzzy = 1", "a.toml:1:1: unknown key \"xyzzy\""},
        {"unknown table", "[lissten]\nhttp = \"\"",
         "a.toml:1:2: unknown key \"lissten\"; did you mean \"listen\"?"},
        {"key in the wrong table", "[dns]\nretention = \"1d\"",
         "a.toml:2:1: unknown key \"dns.retention\"; did you mean \"ledger.retention\"?"},
        {"key of a table at the top", "max_total = \"1d\"",
         "a.toml:1:1: unknown key \"max_total\"; did you mean \"hold.max_total\"?"},
        {"hostile key", "\"\\u001b[2J\" = 1", "a.toml:1:1: unknown key \"\\x1b[2J\""},
        {"table below a table", "[dns.cache]\nsize = 1", "a.toml:1:6: unknown key \"dns.cache\""},
        {"key without effect", "[deadline]\npolicy = \"500ms\"",
         "a.toml:2:1: \"deadline.policy\" has no effect in this version (the policy surface answers at once): "
         "remove it"},
        {"syslog at a unix socket", "syslog.listen = \"unix:/run/nexthopd/log\"",
         "a.toml:1:17: syslog.listen = \"unix:/run/nexthopd/log\": this must be an address and a port, as in "
         "\"inet:127.0.0.1:5514\""},
        {"duration without unit", "deadline.transport = \"250\"",
         "a.toml:1:22: deadline.transport = \"250\": a duration needs a unit, write \"250ms\" or \"10s\""},
        {"duration as number", "deadline.transport = 250",
         "a.toml:1:22: deadline.transport = 250: a duration needs a unit, write \"250ms\" or \"10s\""},
        {"duration as list", "deadline.transport = []",
         "a.toml:1:22: deadline.transport = []: write a duration as a number and ms, s, m, h or d, as in "
         "\"250ms\" or "
         "\"10m\""},
        {"duration out of range", "deadline.transport = \"10s\"",
         "a.toml:1:22: deadline.transport = \"10s\": must be from 10ms to 5s: Postfix resolves one recipient "
         "after the "
         "other"},
        {"size", "script.memory = \"64MB\"",
         "a.toml:1:17: script.memory = \"64MB\": write a size as a number and KiB, MiB or GiB, as in "
         "\"64MiB\", or in "
         "bytes"},
        {"negative size", "script.memory = -1",
         "a.toml:1:17: script.memory = -1: write a size as a number and KiB, MiB or GiB, as in \"64MiB\", or "
         "in bytes"},
        {"small size", "script.memory = 1000",
         "a.toml:1:17: script.memory = 1000: must be from 1MiB to 1GiB: it is meant to stop a script that "
         "leaks"},
        {"rate", "release.rate = 100",
         "a.toml:1:16: release.rate = 100: write a text in double quotes, as in \"100/s\""},
        {"high rate", "release.rate = \"60001/m\"",
         "a.toml:1:16: release.rate = \"60001/m\": must be from 1/h to 1000/s: each release starts a "
         "process"},
        {"rate of nothing", "release.rate = \"0/s\"",
         "a.toml:1:16: release.rate = \"0/s\": must be from 1/h to 1000/s: each release starts a process"},
        {"choice", "mode = \"enforced\"",
         "a.toml:1:8: mode = \"enforced\": write \"enforce\" or \"observe\""},
        {"choice of wrong type", "mode = 1", "a.toml:1:8: mode = 1: write \"enforce\" or \"observe\""},
        {"list as text", "dns.servers = \"127.0.0.1\"",
         "a.toml:1:15: dns.servers = \"127.0.0.1\": write a list in brackets, as in [\"127.0.0.1:53\"]"},
        {"list with wrong elements", "dns.servers = [1, \"127.0.0.1\",\n \"dns.example\", [2]]",
         "a.toml:1:16: dns.servers: 1: write a text in double quotes, as in \"127.0.0.1:53\"\n"
         "a.toml:2:2: dns.servers: \"dns.example\": write an address, not a name, as in \"127.0.0.1\", "
         "\"127.0.0.1:53\" or \"[::1]:53\"\n"
         "a.toml:2:17: dns.servers: [...]: write a text in double quotes, as in \"127.0.0.1:53\""},
        {"relative path", "script.file = \"rules.lua\"",
         "a.toml:1:15: script.file = \"rules.lua\": write a full path, which starts with \"/\""},
        {"control over TCP", "listen.control = \"inet:127.0.0.1:7\"",
         "a.toml:1:18: listen.control = \"inet:127.0.0.1:7\": this must be a unix socket: its permissions "
         "say who may"},
        {"name", "[[connection]]\nname = \"news letters\"",
         "a.toml:2:8: connection.name = \"news letters\": a name has 1 to 64 letters, digits, \"-\" and "
         "\"_\""},
        {"no name", "[[connection]]\nid = 1", "a.toml:1:1: this [[connection]] needs a name"},
        {"number", "[[connection]]\nname = \"a\"\nid = \"1\"",
         "a.toml:3:6: connection.id = \"1\": write a whole number, without quotes"},
        {"number out of range", "[[connection]]\nname = \"a\"\nid = -1",
         "a.toml:3:6: connection.id = -1: must be from 0 to 2147483647: it is a number for scripts to "
         "compare"},
        {"single brackets", "[postfix]\nlog = \"\"",
         "a.toml:1:2: there can be several of \"postfix\": write [[postfix]] and below it its keys"},
        {"double brackets", "[[hold]]\nmax = \"1h\"",
         "a.toml:1:3: \"hold\" is a table of settings: write [hold] and below it its keys"},
        {"section as a value", "hold = \"5m\"",
         "a.toml:1:1: \"hold\" is a table of settings: write [hold] and below it its keys"},
        {"elements that are no tables", "postfix = [\"a\"]",
         "a.toml:1:12: postfix: \"a\": write [[postfix]] and below it its keys"},
        {"table as a value", "[mode]\nx = 1", "a.toml:1:1: mode = {...}: write \"enforce\" or \"observe\""},
        {"command without id", "release.postfix = [\"/usr/sbin/postqueue\", \"-f\"]",
         "a.toml:1:19: release.postfix = [...]: one element must be \"%id\", which stands for the queue id"},
        {"command by name", "release.postfix = [\"postqueue\", \"-i\", \"%id\"]",
         "a.toml:1:19: release.postfix = [...]: the first element must be the full path of a program"},
        {"command with a pattern", "release.postfix = [\"/a\", \"x%id\", \"%id\"]",
         "a.toml:1:26: release.postfix: \"x%id\": \"%\" stands only in the arguments \"%id\" and "
         "\"%config_directory\""},
        {"empty command", "release.postfix = []",
         "a.toml:1:19: release.postfix = []: the first element must be the full path of a program"},
        {"script time", "script.time = \"150ms\"",
         "a.toml:1:15: script.time (150ms) must be at most half of deadline.transport (250ms): the other "
         "half is for "
         "DNS and the way back"},
        {"script time by a short deadline", "deadline.transport = \"80ms\"",
         "a.toml:1:22: script.time (50ms) must be at most half of deadline.transport (80ms): the other half "
         "is for "
         "DNS and the way back"},
        {"order of holds", "hold.max = \"1m\"",
         "a.toml:1:12: hold.default (5m) must not exceed hold.max (1m)"},
        {"order of holds, total", "hold.max = \"3d\"",
         "a.toml:1:12: hold.max (3d) must not exceed hold.max_total (2d)"},
        {"no rule about what is unreadable", "hold.default = \"30h\"\nhold.max = \"2 d\"",
         "a.toml:2:12: hold.max = \"2 d\": write a duration as a number and ms, s, m, h or d, as in "
         "\"250ms\" or \"10m\""},
        {"TOML", "mode = observe",
         "a.toml:1:8: this value is not understood: texts, durations and sizes stand in double quotes"},
        {"all at once, in order", "script.time = 5\nzzzzzzzz = 1\nmode = 2\n[[connection]]\nname = 1",
         "a.toml:1:15: script.time = 5: a duration needs a unit, write \"250ms\" or \"10s\"\n"
         "a.toml:2:1: unknown key \"zzzzzzzz\"\n"
         "a.toml:3:8: mode = 2: write \"enforce\" or \"observe\"\n"
         "a.toml:5:8: connection.name = 1: write a text in double quotes, as in \"newsletters\""},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        CHECK(complaints({{"a.toml", row.text}}) == row.wanted);
    }
}

TEST_CASE("problems of several files stay in their order") {
    CHECK(complaints(
              {{"b.toml", "mode = 1\n[[postfix]]\nlog = \"\"\n"},
               {"a.toml", "x = [\n"},
               {"c.toml", "\n[[postfix]]\nname = \"postfix\"\nlog = \"\"\n[[postfix]]\nlog = \"\"\n"}}) ==
          "b.toml:1:8: mode = 1: write \"enforce\" or \"observe\"\n"
          "a.toml:1:7: the line ends too early: a value, a quote or a bracket is missing\n"
          "c.toml:3:8: a [[postfix]] with the name \"postfix\" stands already at b.toml:2:1: each needs its "
          "own\n"
          "c.toml:5:1: a [[postfix]] with the name \"postfix\" stands already at b.toml:2:1: each needs its "
          "own");
}
