#include "serve/loading.hpp"

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;

namespace {

void write(const std::string& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

base::Result<std::shared_ptr<script::Vm>> script_of(const config::Settings& settings) {
    auto text = read_script(settings);
    if (!text) return tl::unexpected(text.error());
    return load_script(settings, *text);
}

}  // namespace

TEST_CASE("the script of the settings") {
    const test::TempDir folder;
    config::Settings settings;
    settings.script.file = folder / "rules.lua";
    settings.connection = {{"newsletters", 2}};
    SECTION("it loads") {
        write(settings.script.file, "function CheckServer() end");
        const auto script = script_of(settings);
        REQUIRE(script);
        CHECK((*script)->hooks().check_server);
    }
    SECTION("an error has file and line") {
        write(settings.script.file, "\nfunction (");
        const auto script = script_of(settings);
        REQUIRE_FALSE(script);
        CHECK(script.error().text.find("rules.lua:2: ") != std::string::npos);
    }
    SECTION("a file that was named has to exist") {
        const auto script = script_of(settings);
        REQUIRE_FALSE(script);
        CHECK(script.error().text == settings.script.file + ": No such file or directory");
    }
    SECTION("a folder, a device and a pipe are no files") {
        settings.script.file = folder / "";
        CHECK_FALSE(script_of(settings));
        settings.script.file = "/dev/zero";
        const auto device = script_of(settings);
        REQUIRE_FALSE(device);
        CHECK(device.error().text == "/dev/zero: not a file");
    }
    SECTION("a file has at most a megabyte") {
        write(settings.script.file, std::string((1U << 20U) + 1, ' '));
        const auto script = script_of(settings);
        REQUIRE_FALSE(script);
        CHECK(script.error().text.find(": larger than 1048576 bytes") != std::string::npos);
    }
    SECTION("memory is that of the settings") {
        settings.script.memory = 1U << 20U;
        write(settings.script.file, "t = ('x'):rep(5000000)");
        CHECK_FALSE(script_of(settings));
    }
    SECTION("files beside it are read, and kept with it") {
        write(settings.script.file, "local pins = require 'pins' function CheckServer() end");
        const auto missing = script_of(settings);
        REQUIRE_FALSE(missing);
        CHECK(missing.error().text.find("require: " + (folder / "pins.lua") + ": No such file") != std::string::npos);
        write(folder / "pins.lua", "return {}");
        auto text = *read_script(settings);
        REQUIRE(load_script(settings, text));
        CHECK(text->modules == std::map<std::string, std::string>{{"pins", "return {}"}});
        std::filesystem::remove(folder / "pins.lua");
        CHECK(load_script_again(settings, text));
        text->modules.clear();
        CHECK_FALSE(load_script_again(settings, text));
        const ScriptText one{"ab", {{"c", "d"}}};
        const ScriptText other{"ab", {{"c", "e"}}};
        CHECK(one.whole() != other.whole());
        CHECK(ScriptText{"ab", {}}.whole() == "ab");
    }
    SECTION("none") {
        settings.script.file.clear();
        const auto script = script_of(settings);
        REQUIRE(script);
        CHECK(*script == nullptr);
    }
}

TEST_CASE("settings and script are read together, or it is said what is wrong") {
    const test::TempDir folder;
    const auto file = folder / "nexthopd.toml";
    const auto script = folder / "rules.lua";
    write(file, "[script]\nfile = \"" + script + "\"\n");
    write(script, "function CheckServer() end");
    const auto good = load(file);
    REQUIRE(good);
    CHECK(good->settings.script.file == script);
    CHECK(good->script->hooks().check_server);

    write(script, "x = = 1");
    const auto bad_script = load(file);
    REQUIRE_FALSE(bad_script);
    CHECK(bad_script.error().size() == 1);
    CHECK(bad_script.error()[0].find("rules.lua:1: ") != std::string::npos);

    write(file, "mode = 7\nunknown = 1\n");
    const auto bad_settings = load(file);
    REQUIRE_FALSE(bad_settings);
    CHECK(bad_settings.error().size() == 2);
}

TEST_CASE("without a Postfix configuration every domain may be decided") {
    const auto none = ask_mta({});
    REQUIRE(none);
    CHECK(none->view.local_domains.empty());
    CHECK(none->view.queue_lifetime == std::chrono::hours(5 * 24));
    config::PostfixInstance unread;
    unread.config_directory.clear();
    CHECK(ask_mta({unread}));
    config::PostfixInstance missing;
    missing.config_directory = "/nonexistent";
    CHECK_FALSE(ask_mta({missing}));
}
