// nexthopd(8): the daemon's command line.
#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <thread>

#include "base/log.hpp"
#include "serve/daemon.hpp"
#include "serve/loading.hpp"
#include "serve/pass.hpp"

namespace {

constexpr const char* default_settings = "/etc/nexthopd/conf.d";

/// Says what is wrong with settings and script; 0 when nothing is.
int check(const std::string& path) {
    const auto loaded = nexthopd::serve::load(path);
    if (loaded) return 0;
    for (const auto& problem : loaded.error())
        std::cerr << problem << '\n';
    return 1;
}

/// Of those that are closed: else a socket gets the number of standard error, and log lines go there.
void open_standard_descriptors() {
    int file = 0;
    while (file >= 0 && file <= STDERR_FILENO)
        file = open("/dev/null", O_RDWR);
    if (file >= 0) close(file);
}

/// Nobody answers any more, and the MTA waits: a disk or a journal that hangs must not keep the process. What
/// was not committed is read from the log again.
void end_soon(int status) {
    std::thread([status] {
        std::this_thread::sleep_for(std::chrono::seconds(3));
        std::_Exit(status);
    }).detach();
}

/// A connection is a descriptor: the soft limit of 1 024 is for programs that use select().
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Decides, for Postfix and Exim, which mail servers are used and which mail waits");
    std::string settings = default_settings;
    bool check_only = false;
    bool pass_only = false;
    app.add_option("-c,--config", settings, "a file of settings, or a folder of *.toml files")
        ->capture_default_str();
    app.add_flag("--check", check_only, "check the settings and the script, and end");
    app.add_flag("--pass", pass_only, "answer \"leave alone\" to everything, and do nothing else");
    app.set_version_flag("--version", std::string("nexthopd ") + NEXTHOPD_VERSION);
    CLI11_PARSE(app, argc, argv);
    if (check_only) return check(settings);

    open_standard_descriptors();
    auto inherited = nexthopd::serve::Inherited::take();
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    // The journal takes standard error with a priority and a name of its own.
    nexthopd::log::start(nexthopd::log::Target::standard_error, "nexthopd");
    int status = 1;
    try {
        if (pass_only) {
            status = nexthopd::serve::pass(settings, std::move(inherited));
            end_soon(status);
        } else {
            nexthopd::serve::Daemon daemon(settings);
            status = daemon.run(std::move(inherited));
            end_soon(status);
        }
    } catch (const std::exception& failure) {
        nexthopd::log::error("cannot start: {}", failure.what());
        end_soon(status);
    }
    nexthopd::log::stop();
    return status;
}
