#include "serve/watchdog.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>

#include "catch.hpp"
#include "ledger/temp_dir.hpp"
#include "serve/quarantine.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;  // of a test

}  // namespace

TEST_CASE("a thread that gives no sign of life is noticed") {
    std::promise<bool> stuck;
    auto noticed = stuck.get_future();
    Watchdog watchdog({1ms, 5}, [&](const char* hook) { stuck.set_value(hook == nullptr); });
    REQUIRE(noticed.wait_for(patience) == std::future_status::ready);
    CHECK(noticed.get());
}

TEST_CASE("one that beats is not, however long") {
    std::atomic<bool> stuck{false};
    Watchdog watchdog({20ms, 50}, [&](const char*) { stuck = true; });
    const auto end = base::Instant::clock::now() + 1'500ms;  // more than its patience
    while (base::Instant::clock::now() < end)
        watchdog.beat();
    CHECK_FALSE(stuck);
}

TEST_CASE("one that turns in circles is noticed") {
    std::atomic<bool> stuck{false};
    Watchdog watchdog({1ms, 5}, [&](const char*) { stuck = true; });
    const auto end = base::Instant::clock::now() + patience;
    while (!stuck && base::Instant::clock::now() < end) {
    }
    CHECK(stuck);
}

TEST_CASE("silence counts while the thread sleeps, or by the processor that it had") {
    const WatchPace pace{100ms, 3};
    const auto intervals_until_stuck = [&](bool wants, std::chrono::nanoseconds each) {
        Silence silence;
        for (int i = 1; i <= 100; ++i)
            if (silence.stuck_after({wants, 7s + i * each}, pace)) return i;
        return 0;
    };
    CHECK(intervals_until_stuck(false, 0ms) == 3);
    CHECK(intervals_until_stuck(true, 100ms) == 4);  // the first tells how much it had before
    CHECK(intervals_until_stuck(true, 10ms) == 31);
    CHECK(intervals_until_stuck(true, 0ms) == 0);  // gets no turn
}

TEST_CASE("giving up notes the script and ends the process") {
    const test::TempDir folder;
    const std::string script = "function CheckServer() end";
    CHECK(quarantined(folder.path().string(), script).empty());
    const auto child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        std::signal(SIGABRT, SIG_DFL);
        give_up(quarantine_path(folder.path().string()), quarantine_note(script), "CheckServer");
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
    CHECK(quarantined(folder.path().string(), script).find("CheckServer kept nexthopd from answering") !=
          std::string::npos);
    CHECK(quarantined(folder.path().string(), script + ' ').empty());  // it has changed
    std::filesystem::remove(quarantine_path(folder.path().string()));
    CHECK(quarantined(folder.path().string(), script).empty());
}

TEST_CASE("standard error that nobody reads does not keep it") {
    const test::TempDir folder;
    const std::string script = "function CheckServer() end";
    int pipe_ends[2] = {-1, -1};
    REQUIRE(pipe2(pipe_ends, O_NONBLOCK) == 0);
    const std::string filling(65536, 'x');
    while (write(pipe_ends[1], filling.data(), filling.size()) > 0) {
    }
    REQUIRE(fcntl(pipe_ends[1], F_SETFL, 0) == 0);  // from here on who writes waits
    const auto child = fork();
    if (child == 0) {
        dup2(pipe_ends[1], STDERR_FILENO);
        give_up(quarantine_path(folder.path().string()), quarantine_note(script), "CheckServer");
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM));
    CHECK_FALSE(quarantined(folder.path().string(), script).empty());
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}
