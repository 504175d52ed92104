#include "config/schema.hpp"

#include <algorithm>

#include "catch.hpp"
#include "config/toml.hpp"

using namespace nexthopd::config;

TEST_CASE("every key stands once") {
    std::vector<std::string_view> paths;
    for (const auto& key : schema())
        paths.push_back(key.path);
    std::sort(paths.begin(), paths.end());
    CHECK(std::adjacent_find(paths.begin(), paths.end()) == paths.end());
}

TEST_CASE("the default in the table is the default of the struct") {
    Settings wanted;
    wanted.postfix.emplace_back();
    wanted.exim.emplace_back();
    wanted.connection.emplace_back();
    Settings found = wanted;
    for (const auto& key : schema()) {
        if (key.type == table_list || key.fallback.empty()) continue;
        INFO(key.path);
        const auto value = parse_toml("x = " + std::string(key.fallback));
        REQUIRE(value);
        Unfits faults;
        key.store(found, value->front().value, faults);
        CHECK(faults.empty());
        CHECK(found == wanted);
    }
}

TEST_CASE("each key stores a value of its own") {
    // A line of the table that is copied and not changed in all places would pass the test above.
    struct Row {
        const char* path;
        const char* value;
    };
    const Row rows[] = {
        {"mode", R"("observe")"},
        {"on_error", R"("hold")"},
        {"local_domains", R"(["example.com"])"},
        {"allow_bypass_relayhost", "true"},
        {"allow_insecure_override", "true"},
        {"allow_unprivileged_port", "true"},
        {"decide_relay_domains", "true"},
        {"reveal_reason", "true"},
        {"listen.socketmap", R"(["inet:127.0.0.1:746"])"},
        {"listen.policy", R"(["unix:/a"])"},
        {"listen.exim", R"(["inet:127.0.0.1:747"])"},
        {"listen.control", R"("unix:/a")"},
        {"listen.http", R"("unix:/a")"},
        {"deadline.transport", R"("1s")"},
        {"deadline.mxfilter", R"("1s")"},
        {"deadline.policy", R"("1s")"},
        {"deadline.exim", R"("1s")"},
        {"policy.act", "true"},
        {"syslog.listen", R"("inet:127.0.0.1:5514")"},
        {"syslog.allow", "[]"},
        {"script.file", R"("/a")"},
        {"script.memory", R"("1MiB")"},
        {"script.time", R"("1ms")"},
        {"dns.servers", R"(["127.0.0.1"])"},
        {"ledger.database", R"("/a")"},
        {"ledger.retention", R"("1d")"},
        {"ledger.max_size", R"("1GiB")"},
        {"ledger.privacy", R"("domain")"},
        {"postfix.name", R"("out")"},
        {"postfix.config_directory", R"("")"},
        {"postfix.log", R"("")"},
        {"exim.name", R"("out")"},
        {"exim.log", R"("")"},
        {"exim.key_file", R"("/a")"},
        {"exim.retry_limit", R"("1d")"},
        {"hold.default", R"("1m")"},
        {"hold.max", R"("1h")"},
        {"hold.max_total", R"("1h")"},
        {"rules.mode", R"("enforce")"},
        {"release.rate", R"("1/s")"},
        {"release.postfix", R"(["/a", "%id"])"},
        {"release.exim", R"("none")"},
        {"connection.name", R"("bulk")"},
        {"connection.id", "7"},
    };
    Settings start;
    start.postfix.emplace_back();
    start.exim.emplace_back();
    start.connection.emplace_back();
    std::vector<Settings> results;
    for (const auto& row : rows) {
        INFO(row.path);
        const auto* key = find_key(row.path);
        REQUIRE(key);
        const auto value = parse_toml(std::string("x = ") + row.value);
        REQUIRE(value);
        Settings settings = start;
        Unfits faults;
        key->store(settings, value->front().value, faults);
        CHECK(faults.empty());
        CHECK_FALSE(settings == start);
        CHECK(std::find(results.begin(), results.end(), settings) == results.end());
        results.push_back(std::move(settings));
    }
    const auto lists = std::count_if(schema().begin(), schema().end(),
                                     [](const Key& key) { return key.type == table_list; });
    CHECK(std::size(rows) + static_cast<std::size_t>(lists) == schema().size());
}

TEST_CASE("surfaces without effect are off") {
    const auto settings = defaults();
    CHECK(settings.listen.exim.empty());
    CHECK(settings.listen.http == Settings{}.listen.http);
    CHECK(settings.listen.socketmap == Settings{}.listen.socketmap);
    CHECK(settings.listen.policy == Settings{}.listen.policy);
    CHECK(settings.deadline == Settings{}.deadline);
}

TEST_CASE("the nearest key") {
    struct Row {
        const char* unknown;
        const char* wanted;
    };
    const Row rows[] = {
        {"dns.server", "dns.servers"},
        {"Mode", "mode"},
        {"lissten", "listen"},
        {"dns.retention", "ledger.retention"},
        {"max_total", "hold.max_total"},
        {"script.tiem", "script.time"},
        {"postfix.nam", "postfix.name"},

        {"xyzzy", ""},
        {"", ""},
    };
    for (const auto& row : rows) {
        INFO(row.unknown);
        CHECK(nearest_key(row.unknown) == row.wanted);
    }
}
