// Sockets of the benchmark tools: a unix path or an address and port. Errors are exceptions: a
// benchmark that cannot connect has nothing to go on with.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace nexthopd::bench {

/// A file descriptor that closes itself.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        reset(std::exchange(other.fd_, -1));
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }

    int get() const { return fd_; }
    bool open() const { return fd_ >= 0; }
    void reset(int fd = -1) {
        if (fd_ >= 0) close(fd_);
        fd_ = fd;
    }

  private:
    int fd_ = -1;
};

class Endpoint {
  public:
    static Endpoint unix_path(const std::string& path);
    /// `127.0.0.1:10746` or `[::1]:10746`; addresses only, no names.
    static Endpoint inet(const std::string& text);

    /// A connected, non-blocking stream socket. Waits at most 5 s.
    Fd connect() const;
    /// A listening, non-blocking stream socket.
    Fd listen() const;

    bool is_inet() const { return address_.ss_family != AF_UNIX; }

  private:
    sockaddr_storage address_{};
    socklen_t size_ = 0;
};

/// Small messages are not held back to be sent together with later ones. Does nothing to unix sockets.
void disable_delay(const Fd& fd);

/// As many open files as the system allows.
void raise_file_limit();

/// The text of errno, with what failed, as a std::system_error.
[[noreturn]] void throw_errno(const char* what);

}  // namespace nexthopd::bench
