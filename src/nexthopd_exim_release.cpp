// nexthopd-exim-release(8): starts deliveries of Exim for nexthopd. It runs as Exim's user, which may;
// nexthopd does not.
#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <string>

#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "release/exim_runs.hpp"

int main(int argc, char** argv) {
    CLI::App app("Starts deliveries of Exim for nexthopd, which hands it the ids at a socket");
    std::string exim = "/usr/sbin/exim4";
    app.add_option("--exim", exim, "the program of Exim")->capture_default_str();
    app.set_version_flag("--version", std::string("nexthopd-exim-release ") + NEXTHOPD_VERSION);
    CLI11_PARSE(app, argc, argv);

    nexthopd::release::EximRuns runs(exim);
    nexthopd::log::start(nexthopd::log::Target::standard_error, "nexthopd-exim-release");
    int status = 1;
    // The socket's owner and mode say who may ask: only who starts this can make it so.
    if (sd_listen_fds(1) != 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, nullptr, 0) <= 0) {
        nexthopd::log::error(
            "one listening unix socket has to be handed over: start nexthopd-exim-release.socket");
    } else {
        const nexthopd::base::Descriptor listening(SD_LISTEN_FDS_START);
        fcntl(listening.get(), F_SETFD, FD_CLOEXEC);
        const auto served = runs.serve(listening);
        if (!served) nexthopd::log::error("{}", served.error().text);
        status = served ? 0 : 1;
    }
    nexthopd::log::stop();
    return status;
}
