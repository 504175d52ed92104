#include "mta/exim_release.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace nexthopd::mta {

namespace {

constexpr timeval limit{30, 0};

}  // namespace

base::Result<void> release_exim(const std::string& queue_id, const std::string& socket) {
    const auto failure = [&](const char* what) {
        return base::fail("{}: {}: {}; does nexthopd-exim-release.socket run?", socket, what,
                          std::strerror(errno));
    };
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof address.sun_path) return base::fail("{}: too long for a socket", socket);
    socket.copy(address.sun_path, socket.size());
    const base::Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connection) return failure("no socket");
    for (const int which : {SO_RCVTIMEO, SO_SNDTIMEO})
        if (setsockopt(connection.get(), SOL_SOCKET, which, &limit, sizeof limit) != 0)
            return failure("no time limit");
    if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return failure("cannot be asked");
    const auto request = queue_id + '\n';
    if (send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        return failure("cannot be asked");
    std::array<char, 256> reply{};
    const auto count = recv(connection.get(), reply.data(), reply.size(), 0);
    if (count < 0) return failure("no answer");
    const std::string_view text(reply.data(), static_cast<std::size_t>(count));
    if (base::trim(text) != "OK")
        return base::fail("{}: {}: {}", socket, queue_id, base::printable(base::trim(text)));
    return {};
}

}  // namespace nexthopd::mta
