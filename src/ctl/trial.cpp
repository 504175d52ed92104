#include "ctl/trial.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/descriptor.hpp"
#include "protocol/netstring.hpp"

namespace nexthopd::ctl {

namespace {

constexpr timeval patience{2, 0};
constexpr std::string_view question = "transport trial@nexthopd.invalid";

/// In the child: 0, or errno of what failed.
int ask(const Trial& trial, const passwd& owner) {
    if (chdir(trial.queue_directory.c_str()) != 0) return errno;
    if (trial.chroot && chroot(".") != 0) return errno;
    if (setgroups(0, nullptr) != 0 || setgid(owner.pw_gid) != 0 || setuid(owner.pw_uid) != 0) return errno;
    const base::Descriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connection) return errno;
    setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (trial.socket.size() >= sizeof address.sun_path) return ENAMETOOLONG;
    std::memcpy(address.sun_path, trial.socket.data(), trial.socket.size());
    if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return errno;
    std::string request;
    protocol::write_netstring(request, question);
    if (send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return errno;
    std::array<char, 256> reply{};
    const auto count = recv(connection.get(), reply.data(), reply.size(), 0);
    if (count < 0) return errno;
    const auto frame =
        protocol::read_netstring({reply.data(), static_cast<std::size_t>(count)}, reply.size());
    return frame.state == protocol::Netstring::State::complete && frame.content.substr(0, 8) == "NOTFOUND"
               ? 0
               : EPROTO;
}

}  // namespace

base::Result<void> try_question(const Trial& trial) {
    const auto* const owner = getpwnam(trial.mail_owner.c_str());
    if (owner == nullptr) return base::fail("there is no user \"{}\" (mail_owner)", trial.mail_owner);
    const pid_t child = fork();
    if (child < 0) return base::fail("no child process: {}", std::strerror(errno));
    if (child == 0) _exit(ask(trial, *owner));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const int failure = WIFEXITED(status) ? WEXITSTATUS(status) : EPROTO;
    if (failure == 0) return {};
    return base::fail("no answer at {}/{} for the user {}{}: {}", trial.queue_directory, trial.socket,
                      trial.mail_owner, trial.chroot ? ", in the chroot" : "",
                      failure == EAGAIN ? "none within 2 s" : std::strerror(failure));
}

}  // namespace nexthopd::ctl
