#include "serve/last_good.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "ledger/temp_dir.hpp"
#include "serve/loading.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;

namespace {

void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

/// Settings whose ledger, and so what is kept, lies in the folder.
std::string settings_in(const test::TempDir& folder, const std::string& more = {}) {
    const auto path = folder / "conf.toml";
    write(path, more + "\n[ledger]\ndatabase = \"" + (folder / "ledger.db") + "\"\n[script]\nfile = \"" +
                    (folder / "rules.lua") + "\"\n");
    return path;
}

}  // namespace

TEST_CASE("settings and script come back byte by byte") {
    const test::TempDir folder;
    const LastGood rows[] = {
        {{}, {}},
        {{{"a.toml", "mode = \"observe\"\n"}, {"b.toml", ""}}, ScriptText{"function CheckServer() end", {{"more", "return 1"}}}},
        {{{"a.toml", "# \xC3\xBC"}}, ScriptText{std::string("-- \xFF\0\x80", 6), {}}},
    };
    for (const auto& good : rows) {
        REQUIRE(keep(folder.path().string(), "/etc/x", good));
        CHECK(recall(folder.path().string(), "/etc/x") == good);
        CHECK(recall(folder.path().string(), "/etc/y") == std::nullopt);
    }
    struct stat facts {};
    REQUIRE(stat((folder / "last-good.json").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("what was kept may be damaged or missing; keeping may fail") {
    const test::TempDir folder;
    CHECK(recall(folder.path().string(), "/etc/x") == std::nullopt);
    for (const auto* text : {"", "{", "[]", "{}", R"({"settings":"/etc/x"})", R"({"settings":"/etc/x","sources":[1]})",
                             R"({"settings":"/etc/x","sources":[],"script":{"bytes":[300,"x"]}})"}) {
        INFO(text);
        write(folder / "last-good.json", text);
        CHECK(recall(folder.path().string(), "/etc/x") == std::nullopt);
    }
    CHECK_FALSE(keep(folder / "nowhere", "/etc/x", {}));
}

TEST_CASE("a start with mistakes goes on with what was in force") {
    const test::TempDir folder;
    const auto path = settings_in(folder, "mode = \"observe\"");
    write(folder / "rules.lua", "function CheckServer() end");
    const auto good = load_for_start(path);
    REQUIRE(good.problems.empty());
    REQUIRE(keep(folder.path().string(), path, good.loaded.texts));

    SECTION("the script is broken") { write(folder / "rules.lua", "function ("); }
    SECTION("a setting is wrong") { settings_in(folder, "mode = \"whatever\""); }
    const auto start = load_for_start(path);
    CHECK(start.problems.size() == 1);
    CHECK(start.last_good);
    CHECK(start.loaded.settings == good.loaded.settings);
    REQUIRE(start.loaded.script);
    CHECK(start.loaded.script->hooks().check_server);
}

TEST_CASE("a start with mistakes and nothing kept: what can be read, and no script") {
    const test::TempDir folder;
    const auto path = settings_in(folder, "mode = \"observe\"");
    write(folder / "rules.lua", "function (");
    const auto start = load_for_start(path);
    CHECK(start.problems.size() == 1);
    CHECK_FALSE(start.last_good);
    CHECK(start.loaded.settings.mode == config::Mode::observe);
    CHECK(start.loaded.script == nullptr);
}
