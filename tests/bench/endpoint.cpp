#include "endpoint.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "base/text.hpp"

namespace nexthopd::bench {

void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

Endpoint Endpoint::unix_path(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        throw std::runtime_error("impossible path: " + path);
    path.copy(address.sun_path, path.size());
    Endpoint endpoint;
    std::memcpy(&endpoint.address_, &address, sizeof address);
    endpoint.size_ = sizeof address;
    return endpoint;
}

Endpoint Endpoint::inet(const std::string& text) {
    const auto colon = text.rfind(':');
    const auto port = colon == std::string::npos
                          ? std::nullopt
                          : base::parse_number(std::string_view(text).substr(colon + 1), UINT16_MAX);
    if (!port) throw std::runtime_error("not ADDRESS:PORT: " + text);
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);

    sockaddr_in v4{};
    sockaddr_in6 v6{};
    Endpoint endpoint;
    if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(static_cast<std::uint16_t>(*port));
        std::memcpy(&endpoint.address_, &v4, sizeof v4);
        endpoint.size_ = sizeof v4;
    } else if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(static_cast<std::uint16_t>(*port));
        std::memcpy(&endpoint.address_, &v6, sizeof v6);
        endpoint.size_ = sizeof v6;
    } else {
        throw std::runtime_error("not an address: " + host);
    }
    return endpoint;
}

Fd Endpoint::connect() const {
    // The connect itself blocks: a unix socket with a full backlog would else answer EAGAIN at once.
    Fd fd(socket(address_.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.open()) throw_errno("socket");
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address_), size_) < 0) throw_errno("connect");
    if (is_inet()) disable_delay(fd);
    if (fcntl(fd.get(), F_SETFL, O_NONBLOCK) < 0) throw_errno("fcntl");
    return fd;
}

Fd Endpoint::listen() const {
    Fd fd(socket(address_.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.open()) throw_errno("socket");
    const int on = 1;
    if (is_inet()) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address_), size_) < 0) throw_errno("bind");
    if (::listen(fd.get(), SOMAXCONN) < 0) throw_errno("listen");
    return fd;
}

void disable_delay(const Fd& fd) {
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) throw_errno("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) throw_errno("setrlimit");
}

}  // namespace nexthopd::bench
