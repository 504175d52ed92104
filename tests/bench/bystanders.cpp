#include "bystanders.hpp"

#include <array>
#include <cerrno>

namespace nexthopd::bench {

namespace {

/// Reads and forgets what has arrived; false when the server has closed the connection.
bool still_open(const Fd& fd) {
    std::array<char, 512> replies;
    const auto got = recv(fd.get(), replies.data(), replies.size(), MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

Bystanders::Bystanders(const Endpoint& server, std::size_t idle, std::size_t dribbling, std::string request)
    : server_(server), request_(std::move(request)) {
    idle_.reserve(idle);
    while (idle_.size() < idle)
        idle_.push_back(server.connect());
    dribbling_.reserve(dribbling);
    while (dribbling_.size() < dribbling)
        dribbling_.push_back({.fd = server.connect(), .at = 0});
    if (dribbling > 0) due_ = base::SystemClock().now();
}

void Bystanders::tick(base::Instant now) {
    if (now - due_ > interval) due_ = now - interval;  // after a stop: nobody sends more than one byte late
    while (due_ <= now) {
        send_byte(dribbling_[next_]);
        next_ = (next_ + 1) % dribbling_.size();
        due_ += interval / static_cast<base::Duration::rep>(dribbling_.size());
    }
}

void Bystanders::send_byte(Dribbler& dribbler) {
    if (!still_open(dribbler.fd)) {
        ++dribbling_closed_;
        dribbler = {.fd = server_.connect(), .at = 0};
    }
    const auto sent = send(dribbler.fd.get(), &request_[dribbler.at], 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == 1) dribbler.at = (dribbler.at + 1) % request_.size();
}

std::size_t Bystanders::idle_closed() const {
    std::size_t closed = 0;
    for (const auto& fd : idle_)
        closed += still_open(fd) ? 0 : 1;
    return closed;
}

}  // namespace nexthopd::bench
