// nexthopd-raw-echo: what the machine can do. A bare epoll server on one thread that answers each
// netstring with the same reply, and does nothing else: one wait for many connections, one read and one
// write per request. The other figures are read as ratios to it.
#include <fmt/format.h>
#include <sys/epoll.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "endpoint.hpp"

namespace {

using nexthopd::bench::Endpoint;
using nexthopd::bench::Fd;
using nexthopd::bench::throw_errno;

constexpr std::string_view reply = "9:NOTFOUND ,";
/// Longer requests do not occur in a benchmark.
constexpr std::size_t max_request = 10000;
/// Most replies to the requests of one read; a client of the benchmark waits for each reply.
constexpr std::size_t max_batch = 64;

/// Counts the netstrings in a stream, which may be cut anywhere.
class RequestCounter {
  public:
    /// How many requests end within `bytes`; -1 when the stream makes no sense.
    int feed(std::string_view bytes) {
        int complete = 0;
        while (!bytes.empty()) {
            if (in_body_) {
                const auto step = std::min(left_, bytes.size());
                if (step == left_) {
                    if (bytes[step - 1] != ',') return -1;
                    ++complete;
                    in_body_ = false;
                }
                left_ -= step;
                bytes.remove_prefix(step);
                continue;
            }
            const char c = bytes.front();
            bytes.remove_prefix(1);
            if (c == ':') {
                in_body_ = true;
                ++left_;  // the comma
            } else if (nexthopd::base::is_digit(c) && left_ < max_request) {
                left_ = left_ * 10 + static_cast<std::size_t>(c - '0');
            } else {
                return -1;
            }
        }
        return complete;
    }

  private:
    std::size_t left_ = 0;  // the length read so far, or what is left of the body
    bool in_body_ = false;
};

struct Client {
    Fd fd;
    RequestCounter requests;
};

std::string replies() {
    std::string text;
    for (std::size_t i = 0; i < max_batch; ++i)
        text += reply;
    return text;
}

/// False when the client is to be closed.
bool serve(Client& client) {
    static const auto many_replies = replies();
    std::array<char, 4096> buffer;
    const auto got = recv(client.fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    const auto complete = client.requests.feed({buffer.data(), static_cast<std::size_t>(got)});
    if (complete < 0 || static_cast<std::size_t>(complete) > max_batch) return false;
    if (complete == 0) return true;
    const auto size = static_cast<std::size_t>(complete) * reply.size();
    return send(client.fd.get(), many_replies.data(), size, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

void watch(const Fd& epoll, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) < 0) throw_errno("epoll_ctl");
}

[[noreturn]] void run(const Endpoint& endpoint) {
    const auto listener = endpoint.listen();
    const Fd epoll(epoll_create1(EPOLL_CLOEXEC));
    watch(epoll, listener.get());
    std::vector<Client> clients;  // by file descriptor
    std::array<epoll_event, 256> events;
    for (;;) {
        const auto count = epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const auto fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd != listener.get()) {
                auto& client = clients[static_cast<std::size_t>(fd)];
                if (!serve(client)) client = {};
                continue;
            }
            Fd accepted(accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (!accepted.open()) continue;
            if (endpoint.is_inet()) disable_delay(accepted);
            watch(epoll, accepted.get());
            const auto slot = static_cast<std::size_t>(accepted.get());
            if (clients.size() <= slot) clients.resize(slot + 1);
            clients[slot] = {.fd = std::move(accepted), .requests = {}};
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::string path, inet;
    CLI::App app{"The reference of the benchmarks: answers every netstring with NOTFOUND"};
    auto* where = app.add_option_group("socket")->require_option(1);
    where->add_option("--unix", path, "Listen on a unix socket");
    where->add_option("--inet", inet, "Listen on ADDRESS:PORT");
    CLI11_PARSE(app, argc, argv);
    try {
        nexthopd::bench::raise_file_limit();
        run(path.empty() ? Endpoint::inet(inet) : Endpoint::unix_path(path));
    } catch (const std::exception& error) {
        fmt::print(stderr, "nexthopd-raw-echo: {}\n", error.what());
        return 1;
    }
}
