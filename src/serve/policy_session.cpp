#include "serve/policy_session.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>
#include <string>

#include "base/counted.hpp"
#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "base/text.hpp"
#include "mail/recipient.hpp"
#include "serve/peer.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

/// smtpd closes what idles for 300 s (smtpd_policy_service_max_idle).
constexpr std::chrono::seconds idle{330};
constexpr std::chrono::seconds patience{
    10};  // for a request to arrive from its first byte, or a reply to be taken

/// Answers all requests that `bytes` begins with, and takes them out. False: it begins with none.
bool answer_all(std::string& bytes, std::string& replies, bool by_mta, PolicySurface& surface) {
    while (true) {
        const auto frame = protocol::read_policy_request(bytes);
        if (frame.state == protocol::PolicyFrame::State::incomplete) return true;
        if (frame.state == protocol::PolicyFrame::State::malformed) return false;
        replies += surface.answer(frame.request, by_mta);
        bytes.erase(0, frame.consumed);
    }
}

}  // namespace

std::string PolicySurface::answer(const protocol::PolicyRequest& request, bool by_mta) {
    ++requests;
    if (request.state == "RCPT") {
        const auto recipient = mail::parse_recipient(request.recipient);
        if (recipient.kind != mail::Recipient::Kind::mailbox) return std::string(protocol::dunno);
        if (by_mta) {
            arrivals.recipient(request.instance, recipient.address);
            pipeline.look_up_ahead(io.get_executor(), recipient.domain());
        }
        const auto* const held = act ? knowledge.holds.find({}, recipient.address) : nullptr;
        if (held == nullptr || held->over(clock.now(), clock.wall())) return std::string(protocol::dunno);
        ++deferred;
        return protocol::defer_action(held->hold.id, held->hold.until);
    }
    if (request.state == "END-OF-MESSAGE" && by_mta) {
        const auto recipients = arrivals.end(request.instance);
        if (!request.queue_id.empty() && !recipients.empty())
            knowledge.queue.taken(request.queue_id, request.sender, request.size, recipients, clock.wall());
    }
    return std::string(protocol::dunno);
}

asio::awaitable<void> policy_session(Socket socket, PolicySurface& surface) {
    using namespace asio::experimental::awaitable_operators;
    if (surface.sessions >= PolicySurface::max_sessions) co_return;
    const base::Counted counted(surface.sessions);
    try {
        const bool by_mta = surface.pipeline.policy().asked_by_mta(peer_of(socket.native_handle()));
        asio::steady_timer timer(socket.get_executor());
        std::array<char, 4096> part{};
        std::string bytes;
        while (true) {
            if (bytes.empty()) timer.expires_after(idle);
            const auto read = co_await (socket.async_read_some(asio::buffer(part), base::no_throw) ||
                                        timer.async_wait(base::no_throw));
            if (read.index() != 0 || std::get<0>(std::get<0>(read))) co_return;
            if (bytes.empty()) timer.expires_after(patience);
            bytes.append(part.data(), std::get<1>(std::get<0>(read)));
            std::string replies;
            const bool well_formed = answer_all(bytes, replies, by_mta, surface);
            if (!replies.empty()) {
                timer.expires_after(patience);
                const auto written =
                    co_await (asio::async_write(socket, asio::buffer(replies), base::no_throw) ||
                              timer.async_wait(base::no_throw));
                if (written.index() != 0 || std::get<0>(std::get<0>(written))) co_return;
            }
            if (well_formed) continue;
            ++surface.malformed;
            if (surface.malformed_log.permit(surface.clock.now()))
                log::warning("policy: closed a connection that sent no policy request: \"{}\"",
                             base::printable(bytes, 60));
            co_return;
        }
    } catch (const std::exception& failure) {
        log::error("policy: {}", failure.what());
    }
}

}  // namespace nexthopd::serve
