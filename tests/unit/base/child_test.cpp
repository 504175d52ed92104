#include "base/child.hpp"

#include <unistd.h>

#include <cstdlib>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "catch.hpp"

using namespace nexthopd::base;
using namespace std::chrono_literals;

namespace {

Result<ChildResult> shell(const std::string& script, std::chrono::milliseconds limit = 20s) {
    return run_child({"/bin/sh", "-c", script}, limit);
}

}  // namespace

TEST_CASE("a child's output, errors and exit status come back") {
    struct Row {
        std::string script;
        int status;
        std::string output;
        std::string errors;
    };
    const Row rows[] = {
        {"true", 0, "", ""},
        {"exit 7", 7, "", ""},
        {"echo out; echo err >&2", 0, "out\n", "err\n"},
        {"printf 'a\\000b'", 0, std::string("a\0b", 3), ""},
        {"cat", 0, "", ""},  // its standard input is empty unless it is given
        {"kill -TERM $$", 128 + 15, "", ""},
        {"kill -PIPE $$; echo alive", 128 + 13, "", ""},  // SIGPIPE is not ignored there
    };
    for (const auto& row : rows) {
        INFO(row.script);
        const auto result = shell(row.script);
        REQUIRE(result);
        CHECK(result->status == row.status);
        CHECK(result->output == row.output);
        CHECK(result->errors == row.errors);
    }
}

TEST_CASE("arguments reach the child as they are") {
    const auto result = run_child({"/bin/echo", "$HOME", "; exit 3", "a  b", "*"}, 20s);
    REQUIRE(result);
    CHECK(result->output == "$HOME ; exit 3 a  b *\n");
}

TEST_CASE("the environment is not inherited") {
    ::setenv("NEXTHOPD_TEST_SECRET", "1", 1);
    const auto result = run_child({"/usr/bin/env"}, 20s);
    ::unsetenv("NEXTHOPD_TEST_SECRET");
    REQUIRE(result);
    CHECK(result->output == "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLANG=C.UTF-8\n");
}

TEST_CASE("commands without an absolute path are refused") {
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{}, {""}, {"true"}, {"./true"}, {"-c"}, {"bin/true"}})
        CHECK_FALSE(run_child(command, 20s));
    const auto missing = run_child({"/nonexistent/program"}, 20s);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().text.find("/nonexistent/program: ") == 0);
}

TEST_CASE("past its time a child is killed") {
    const std::pair<const char*, const char*> rows[] = {
        {"it sleeps", "exec sleep 60"},
        {"it ignores signals", "trap '' TERM INT; while :; do :; done"},
        {"it writes without an end", "exec yes"},
        {"it closed its output", "exec >&- 2>&-; exec sleep 60"},
        {"a child of its own keeps the output open", "sleep 12 & exit 0"},
    };
    for (const auto& [name, script] : rows) {
        INFO(name);
        const auto start = Instant::clock::now();
        const auto result = shell(script, 300ms);
        CHECK(Instant::clock::now() - start < 10s);
        REQUIRE_FALSE(result);
        CHECK(result.error().text == "/bin/sh: did not end within 300 ms");
    }
}

TEST_CASE("the status of a child that closed its output early is waited for") {
    const auto result = shell("exec >&- 2>&-; sleep 0.2; exit 5");
    REQUIRE(result);
    CHECK(result->status == 5);
}

TEST_CASE("output is bounded and the child still ends") {
    const auto errors = shell("head -c 100000 /dev/zero >&2; echo done");
    REQUIRE(errors);
    CHECK(errors->errors.size() == 4096);
    CHECK(errors->output == "done\n");
    const auto output = shell("head -c 70000000 /dev/zero; exit 4", 100s);
    REQUIRE(output);
    CHECK(output->output.size() == 64U << 20U);
    CHECK(output->status == 4);
}

TEST_CASE("no descriptor leaks, neither into the child nor here") {
    const auto listing = [] {
        const auto result = run_child({"/bin/ls", "/proc/self/fd"}, 20s);
        REQUIRE(result);
        return result->output;
    };
    const auto next_free = [] {
        const int next = ::dup(2);
        ::close(next);
        return next;
    };
    const auto first = listing();
    const int free = next_free();
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(shell("exec sleep 60", 20ms));
    CHECK(listing() == first);
    CHECK(next_free() == free);
}

TEST_CASE("a child reads what it is given, however much") {
    const std::string large(1'000'000, 'x');
    const auto result = run_child({"/bin/cat"}, 20s, large);
    REQUIRE(result);
    CHECK(result->output == large);
    CHECK(run_child({"/bin/true"}, 20s, large)->status == 0);  // or does not read it
}
