#include "serve/socketmap_session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "protocol/mx_record.hpp"
#include "protocol/netstring.hpp"
#include "serve/peer.hpp"

namespace nexthopd::serve {

namespace {

constexpr std::uint32_t readable = EPOLLIN;
constexpr std::uint32_t writable = EPOLLOUT;
constexpr std::uint32_t nothing = 0;

}  // namespace

SocketmapSession::SocketmapSession(SocketmapSurface& surface, base::Descriptor connection,
                                   std::function<void(SocketmapSession&)> ended)
    : surface_(surface),
      connection_(std::move(connection)),
      peer_(peer_of(connection_.get())),
      ended_(std::move(ended)),
      run_(surface.pipeline),
      last_used_(base::Instant::clock::now()) {}

bool SocketmapSession::begin() {
    return surface_.ready_set.add(connection_.get(), *this, readable);
}

void SocketmapSession::read(const Moment& moment) {
    if (waiting_) {
        // Nothing was asked for: the peer is gone. The question ends by itself.
        closing_ = true;
        surface_.ready_set.remove(connection_.get(), *this);
        return;
    }
    if (writing_) {
        if (!send()) return end();
        if (writing_) return;
        surface_.ready_set.change(connection_.get(), *this, readable);
        // What was read already was answered; more is told by the next event.
        return;
    }
    const auto count =
        recv(connection_.get(), buffer_.data() + filled_, buffer_.size() - filled_, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return end();
    // Half a request keeps the time of its first byte: a peer that sends a byte now and then gains nothing.
    if (filled_ == 0) last_used_ = moment.now;
    filled_ += static_cast<std::size_t>(count);
    heard_ = true;
}

void SocketmapSession::answer(const Moment& moment) {
    if (!std::exchange(heard_, false)) return;
    std::size_t used = 0;
    progress_ = Progress::wants_more;
    while (used < filled_ && progress_ == Progress::wants_more) {
        const auto frame =
            protocol::read_netstring({buffer_.data() + used, filled_ - used}, protocol::max_request);
        if (frame.state == protocol::Netstring::State::incomplete) break;
        if (frame.state != protocol::Netstring::State::complete) {
            ++surface_.malformed;
            if (surface_.malformed_log.permit(moment.now))
                log::warning("socketmap: closed a connection that sent no netstring: \"{}\"",
                             base::printable({buffer_.data() + used, filled_ - used}, 60));
            progress_ = Progress::broken;
            break;
        }
        used += frame.consumed;
        last_used_ = moment.now;
        if (begin_question(frame.content, moment) == Begun::answered) continue;
        if (run_.advance() == answer::Run::Need::nothing)
            reply();
        else
            progress_ = Progress::suspended;
    }
    filled_ -= used;
    if (used > 0 && filled_ > 0) std::memmove(buffer_.data(), buffer_.data() + used, filled_);
}

SocketmapSession::Begun SocketmapSession::begin_question(std::string_view content, const Moment& moment) {
    ++surface_.requests;
    const auto request = protocol::read_socketmap_request(content);
    if (request && request->surface == "mxfilter") {
        filter(request->key, moment);
        return Begun::answered;
    }
    if (!request || request->surface != "transport") {
        ++surface_.unknown_map;
        if (surface_.unknown_log.permit(moment.now))
            log::warning(
                "socketmap: \"{}\" names no map of nexthopd: these are \"transport\" and \"mxfilter\"",
                base::printable(content, 60));
        protocol::write_netstring(out_, protocol::not_found);
        return Begun::answered;
    }
    decide::Question question;
    question.connection = request->connection;
    question.recipient = mail::parse_recipient(request->key);
    question.arrival = moment.since;
    question.dry_run = !surface_.pipeline.policy().asked_by_mta(peer_);
    run_.start(std::move(question), moment.now);
    return Begun::runs;
}

/// A record that smtp(8) has looked up: is the server left out? Known from memory, or not left out.
void SocketmapSession::filter(std::string_view text, const Moment& moment) {
    ++surface_.records;
    const auto record = protocol::read_mx_record(text);
    const bool ignore = record && surface_.vetoes.left_out(record->owner, record->host, moment.now);
    if (ignore) ++surface_.ignored;
    protocol::write_netstring(out_, ignore ? protocol::ignore_record : protocol::not_found);
}

void SocketmapSession::reply() {
    protocol::write_netstring(out_, protocol::transport_reply(run_.verdict()));
    if (!run_.question().dry_run) surface_.asked(run_.question().recipient.address);
}

void SocketmapSession::write() {
    if (!out_.empty() && !writing_ && !send()) return end();
    switch (std::exchange(progress_, Progress::wants_more)) {
        case Progress::broken:
            return end();
        case Progress::suspended:
            waiting_ = true;
            surface_.ready_set.change(connection_.get(), *this, nothing);
            boost::asio::co_spawn(surface_.io, finish_question(), boost::asio::detached);
            return;
        case Progress::wants_more:
            if (writing_) surface_.ready_set.change(connection_.get(), *this, writable);
    }
}

boost::asio::awaitable<void> SocketmapSession::finish_question() {
    const auto self = shared_from_this();
    co_await run_.finish();
    waiting_ = false;
    if (closing_) {
        end();
        co_return;
    }
    reply();
    surface_.ready_set.change(connection_.get(), *this, readable);
    const auto now = base::Instant::clock::now();
    heard_ = true;
    answer({now, now});
    write();
}

/// Writes what fits; false: the peer is gone.
bool SocketmapSession::send() {
    const auto sent = ::send(connection_.get(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) out_.erase(0, static_cast<std::size_t>(sent));
    writing_ = !out_.empty();
    return true;
}

void SocketmapSession::close() {
    closing_ = true;
    if (!waiting_) end();
}

void SocketmapSession::end() {
    if (!connection_) return;
    const auto self = shared_from_this();  // ended_() lets go of it
    surface_.ready_set.remove(connection_.get(), *this);
    connection_.reset();
    ended_(*this);
}

}  // namespace nexthopd::serve
