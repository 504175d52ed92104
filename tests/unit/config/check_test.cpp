#include "config/check.hpp"

#include "catch.hpp"

using namespace nexthopd::config;
using namespace std::chrono_literals;

namespace {

/// Text form of all problems, one a line.
std::string complaints(const Settings& settings, const Origins& origins) {
    std::string out;
    for (const auto& problem : check(settings, origins))
        out += to_text(problem) + '\n';
    return out;
}

}  // namespace

TEST_CASE("the defaults obey the rules") {
    CHECK(check(Settings{}, {}).empty());
}

TEST_CASE("an unprivileged port for Exim must be asked for") {
    Settings settings;
    settings.listen.exim = {parse_endpoint("inet:127.0.0.1:747").value(),
                            parse_endpoint("inet:127.0.0.1:1747").value()};
    settings.exim.emplace_back();
    Origins origins;
    origins.set["listen.exim"] = {"a.toml", {2, 8}};
    CHECK(complaints(settings, origins) ==
          "a.toml:2:8: any user can take port 1747 while the daemon is down and would be sent the key: "
          "choose one "
          "below 1024, or set allow_unprivileged_port = true\n");
    settings.allow_unprivileged_port = true;
    CHECK(complaints(settings, origins).empty());
    settings.exim.clear();
    CHECK(complaints(settings, origins).find("carry a key: add an [[exim]] table") != std::string::npos);
}

TEST_CASE("a rule says nothing about a key that could not be read") {
    Settings settings;
    settings.hold.fallback = 48h;
    Origins origins;
    origins.set["hold.default"] = {"a.toml", {1, 1}};
    CHECK(complaints(settings, origins) == "a.toml:1:1: hold.default (2d) must not exceed hold.max (1d)\n");
    origins.unreadable.insert("hold.max");
    CHECK(complaints(settings, origins).empty());
}
