// require(): files of the script's folder, and nothing else.
#include <map>

#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;
using namespace std::chrono_literals;

namespace {

Vm::Options with(std::map<std::string, std::string> files) {
    Vm::Options options;
    options.read_module = [files = std::move(files)](const std::string& name) -> base::Result<std::string> {
        const auto found = files.find(name);
        if (found == files.end()) return base::fail("{}.lua: No such file or directory", name);
        return found->second;
    };
    return options;
}

std::string failure(std::string_view source, Vm::Options options) {
    const auto vm = try_load(source, std::move(options));
    return vm ? "loaded" : vm.error().text;
}

}  // namespace

TEST_CASE("a script is made of several files") {
    FakeHost host;
    const auto vm = load(R"(
        local pins = require "pins"
        require("settings")
        function CheckServer(domain, server)
            print(pins.of[domain], limit, require('pins') == pins, require 'settings', pins.seen())
            seen = server
            print(pins.seen())
        end)",
                         with({{"pins",
                                "local deep = require 'deep-1_x'\nlocal of = {['example.com'] = deep}\n"
                                "return {of = of, seen = function() return seen end}"},
                               {"deep-1_x", "return ... .. '!'"},
                               {"settings", "limit = 7"}}));
    HookRun run(vm, host, "");
    CHECK(check_server(run, "mx1") == "nil");
    HookRun next(vm, host, "");
    CHECK(check_server(next, "mx2") == "nil");
    // Globals of the call are seen by functions of all files, and gone with it.
    CHECK(host.lines == std::vector<std::string>{"deep-1_x!\t7\ttrue\ttrue\tnil", "mx1",
                                                 "deep-1_x!\t7\ttrue\ttrue\tnil", "mx2"});
}

TEST_CASE("a name of another place is refused") {
    const std::string wanted =
        "rules.lua:1: require: this is no name of a file beside the script; letters, digits, _ and - are "
        "expected, "
        "without a path and without .lua";
    for (const char* name :
         {"../other", "/etc/passwd", "a/b", "a.b", "pins.lua", "", "..", "a\\\\b", "a\\0b", "\\xc3\\xa4"}) {
        INFO(name);
        Vm::Options options;
        options.read_module = [](const std::string&) -> base::Result<std::string> { return "return 1"; };
        CHECK(failure("require('" + std::string(name) + "')", options) == wanted);
        CHECK(failure("require('" + std::string(65, 'a') + "')", options) == wanted);
    }
    CHECK(printed_by("print(package, require == nil)") == "nil\tfalse");
}

TEST_CASE("files that cannot be required") {
    const auto files = with({{"broken", "x = = 1"},
                             {"bytecode", "\x1bLua"},
                             {"fails", "\nerror('no')"},
                             {"self", "require 'self'"},
                             {"a", "require 'b'"},
                             {"b", "require 'a'"},
                             {"slow", "while true do end"}});
    const std::pair<const char*, const char*> rows[] = {
        {"require 'missing'", "rules.lua:1: require: missing.lua: No such file or directory"},
        {"require 'broken'", "broken.lua:1: unexpected symbol near '='"},
        {"require 'bytecode'", "attempt to load a binary chunk (mode is 't')"},
        {"require 'fails'", "fails.lua:2: no"},
        {"require 'self'", "self.lua:1: require: self requires itself, directly or through others"},
        {"require 'a'", "b.lua:1: require: a requires itself, directly or through others"},
        {"require(7.5)", "rules.lua:1: require: this is no name of a file beside the script"},
        {"require {}", "rules.lua:1: bad argument #1 to 'require' (string expected, got table)"},
    };
    for (const auto& [source, wanted] : rows) {
        INFO(source);
        CHECK(failure(source, files).substr(0, std::string_view(wanted).size()) == wanted);
    }
    auto short_time = files;
    short_time.load_time = little;
    CHECK(failure("pcall(require, 'slow')", short_time).find("the file ran for more than 30 ms") !=
          std::string::npos);
    CHECK(failure("require 'none'", {}) ==
          "rules.lua:1: require: there is no file \"none.lua\" beside the script");
}

TEST_CASE("a hook reads no files") {
    FakeHost host;
    HookRun run(load("function CheckServer() require 'late' end", with({{"late", "return 1"}})), host, "");
    CHECK(check_server(run) == "error: rules.lua:1: require: no file late now");
}
