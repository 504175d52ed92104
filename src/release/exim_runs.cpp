#include "release/exim_runs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"
#include "mail/queue_id.hpp"

namespace nexthopd::release {

namespace {

constexpr timeval patience{2, 0};  // nexthopd writes its line at once

/// The line that comes, without its end; empty: none.
std::string line_from(const base::Descriptor& connection) {
    for (const int which : {SO_RCVTIMEO, SO_SNDTIMEO})
        if (setsockopt(connection.get(), SOL_SOCKET, which, &patience, sizeof patience) != 0) return {};
    std::array<char, 64> bytes{};
    const auto count = recv(connection.get(), bytes.data(), bytes.size(), 0);
    const std::string_view text(bytes.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
    const auto end = text.find('\n');
    return end == std::string_view::npos ? std::string() : std::string(text.substr(0, end));
}

/// The signals that end the loop or tell of a process that ended, as a descriptor.
base::Descriptor blocked_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGCHLD})
        sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    return base::Descriptor(signalfd(-1, &set, SFD_CLOEXEC));
}

}  // namespace

EximRuns::EximRuns(std::string exim) : exim_(std::move(exim)), signals_(blocked_signals()) {}

std::string EximRuns::start(const std::string& queue_id) {
    if (!mail::is_exim_id(queue_id)) return "not an id of Exim";
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&files, 0, 1);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    std::array<std::string, 3> words{exim_, "-Mc", queue_id};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    std::array<std::string, 2> variables{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"};
    std::array<char*, 3> environment{variables[0].data(), variables[1].data(), nullptr};
    pid_t pid = 0;
    const int error =
        posix_spawn(&pid, exim_.c_str(), &files, &attributes, arguments.data(), environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) return exim_ + ": " + std::strerror(error);
    running_.insert(pid);
    return "OK";
}

void EximRuns::reap() {
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        running_.erase(pid);
        if (status != 0) log::warning("{} -Mc ended with status {}", exim_, status);
    }
}

base::Result<void> EximRuns::serve(const base::Descriptor& listening) {
    while (true) {
        const bool room = running_.size() < at_once;
        std::array<pollfd, 2> waiting{pollfd{signals_.get(), POLLIN, 0}, pollfd{listening.get(), POLLIN, 0}};
        if (poll(waiting.data(), room ? 2 : 1, -1) < 0 && errno != EINTR)
            return base::fail("poll: {}", std::strerror(errno));
        if ((waiting[0].revents & POLLIN) != 0) {
            signalfd_siginfo signal{};
            if (read(signals_.get(), &signal, sizeof signal) == sizeof signal && signal.ssi_signo != SIGCHLD)
                return {};
            reap();
        }
        if (!room || (waiting[1].revents & POLLIN) == 0) continue;
        const base::Descriptor connection(accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection) continue;
        const auto queue_id = line_from(connection);
        if (queue_id.empty()) continue;
        const auto answer = start(queue_id);
        if (answer != "OK") log::error("{}: {}", base::printable(queue_id), answer);
        const auto line = answer + '\n';
        send(connection.get(), line.data(), line.size(), MSG_NOSIGNAL);
    }
}

}  // namespace nexthopd::release
