#include "serve/socketmap_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstring>
#include <string>

#include "answer/run.hpp"
#include "base/log.hpp"
#include "base/rate_limit.hpp"
#include "base/text.hpp"
#include "protocol/netstring.hpp"
#include "protocol/socketmap.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

/// A request with the digits, colon and comma of its netstring.
constexpr std::size_t buffer_size = protocol::max_request + 16;
/// Replies of requests that came in one packet are written together, up to this size.
constexpr std::size_t enough_replies = 16 * 1024;

class Session {
  public:
    Session(Connections::Entry& entry, answer::Pipeline& pipeline, SocketmapStatistics& statistics,
            const std::function<void(std::string_view)>& asked)
        : entry_(entry), statistics_(statistics), asked_(asked), run_(pipeline) {}

    asio::awaitable<void> run() {
        entry_.socket.non_blocking(true);
        while (true) {
            const auto [error, count] =
                co_await entry_.socket.async_read_some(asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_), token);
            if (error) co_return;
            filled_ += count;
            entry_.working = true;
            const auto now = base::Instant::clock::now();
            if (!entry_.waiting_for_peer) entry_.last_used = now;
            const bool understood = co_await answer_requests(now);
            if (!out_.empty() && !co_await send()) co_return;
            entry_.working = false;
            if (!understood) co_return;
            // Half a request keeps the time of its first byte: a peer that sends a byte now and then gains nothing.
            entry_.waiting_for_peer = filled_ > 0;
        }
    }

  private:
    static constexpr auto token = asio::as_tuple(asio::use_awaitable);

    /// False: what came is no netstring, and what follows cannot be understood.
    asio::awaitable<bool> answer_requests(base::Instant arrival) {
        std::size_t used = 0;
        bool understood = true;
        while (used < filled_) {
            const auto frame =
                protocol::read_netstring({buffer_.data() + used, filled_ - used}, protocol::max_request);
            if (frame.state == protocol::Netstring::State::incomplete) break;
            if (frame.state != protocol::Netstring::State::complete) {
                ++statistics_.malformed;
                static base::RateLimit limit{std::chrono::seconds(60)};
                if (limit.permit(arrival))
                    log::warning("socketmap: closed a connection that sent no netstring: \"{}\"",
                                 base::printable({buffer_.data() + used, filled_ - used}, 60));
                understood = false;
                break;
            }
            used += frame.consumed;
            entry_.waiting_for_peer = false;
            entry_.last_used = arrival;
            if (out_.size() > enough_replies && !co_await send()) co_return false;
            if (begin(frame.content, arrival)) {
                if (run_.advance() != answer::Run::Need::nothing) co_await run_.finish();
                protocol::write_netstring(out_, protocol::transport_reply(run_.verdict()));
                asked_(run_.question().recipient.address);
            } else {
                protocol::write_netstring(out_, protocol::not_found);
            }
        }
        filled_ -= used;
        if (used > 0 && filled_ > 0) std::memmove(buffer_.data(), buffer_.data() + used, filled_);
        co_return understood;
    }

    /// False: not a question of a surface that exists.
    bool begin(std::string_view content, base::Instant arrival) {
        ++statistics_.requests;
        const auto request = protocol::read_socketmap_request(content);
        if (!request || request->surface != "transport") {
            ++statistics_.unknown_map;
            static base::RateLimit limit{std::chrono::seconds(60)};
            if (limit.permit(arrival))
                log::warning("socketmap: \"{}\" names no map of nexthopd; \"transport\" is one",
                             base::printable(content, 60));
            return false;
        }
        decide::Question question;
        question.connection = request->connection;
        question.recipient = mail::parse_recipient(request->key);
        question.arrival = arrival;
        run_.start(std::move(question));
        return true;
    }

    asio::awaitable<bool> send() {
        boost::system::error_code error;
        const auto sent = entry_.socket.write_some(asio::buffer(out_), error);
        if (error && error != asio::error::would_block) co_return false;
        if (sent < out_.size()) {
            entry_.waiting_for_peer = true;
            entry_.last_used = base::Instant::clock::now();
            const auto [failed, rest] =
                co_await asio::async_write(entry_.socket, asio::buffer(out_.data() + sent, out_.size() - sent), token);
            if (failed) co_return false;
            entry_.waiting_for_peer = false;
        }
        out_.clear();
        co_return true;
    }

    Connections::Entry& entry_;
    SocketmapStatistics& statistics_;
    const std::function<void(std::string_view)>& asked_;
    answer::Run run_;
    std::array<char, buffer_size> buffer_;  // only [0, filled_) is ever read
    std::size_t filled_ = 0;
    std::string out_;
};

}  // namespace

asio::awaitable<void> socketmap_session(Connections& connections, Connections::Handle connection,
                                        answer::Pipeline& pipeline, SocketmapStatistics& statistics,
                                        const std::function<void(std::string_view)>& asked) {
    try {
        Session session(*connection, pipeline, statistics, asked);
        co_await session.run();
    } catch (const std::exception& failure) {
        log::error("socketmap: a connection ended by an internal error: {}", failure.what());
    }
    connections.remove(connection);
}

}  // namespace nexthopd::serve
