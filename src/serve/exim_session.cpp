#include "serve/exim_session.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "answer/run.hpp"
#include "base/counted.hpp"
#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "base/text.hpp"
#include "mail/recipient.hpp"
#include "protocol/exim_question.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

/// Closes the socket at its time, which ends what waits for it. One timer is cheaper than one for each step.
class Patience {
  public:
    explicit Patience(Socket& socket) : timer_(socket.get_executor(), EximSurface::patience) {
        timer_.async_wait([&socket, gone = gone_](const boost::system::error_code& error) {
            if (!error && !*gone) socket.cancel();
        });
    }
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;
    ~Patience() { *gone_ = true; }

  private:
    std::shared_ptr<bool> gone_ = std::make_shared<bool>(false);
    asio::steady_timer timer_;
};

/// The line that comes, without its end; the end of the stream is one, too. nullopt: none, or one too long.
asio::awaitable<std::optional<std::string>> line_from(Socket& socket) {
    std::array<char, 2048> part{};
    std::string bytes;
    while (bytes.size() <= protocol::max_exim_question) {
        const auto [error, count] = co_await socket.async_read_some(asio::buffer(part), base::no_throw);
        const std::string_view fresh(part.data(), count);
        const auto end = fresh.find('\n');
        bytes.append(fresh.substr(0, end));
        if (end != std::string_view::npos || (error == asio::error::eof && !bytes.empty())) co_return bytes;
        if (error) co_return std::nullopt;
    }
    co_return std::nullopt;
}

decide::Question question_of(protocol::EximQuestion&& asked, base::Instant now) {
    decide::Question out;
    out.recipient = mail::parse_recipient(asked.recipient);
    out.connection = std::move(asked.connection);
    out.arrival = now;
    out.dry_run = asked.id.empty();
    out.relayed = asked.relay;
    decide::MailFacts mail;
    mail.size = asked.size;
    mail.sender = std::move(asked.sender);
    mail.exact = !asked.id.empty();
    mail.queue_id = std::move(asked.id);
    mail.arrived = asked.arrived;
    out.mail = std::move(mail);
    return out;
}

/// The question of a line, if it is one of Exim's; what is wrong with it is said in the log.
std::optional<protocol::EximQuestion> admitted(const std::string& line, EximSurface& surface) {
    auto asked = protocol::read_exim_question(line);
    if (!asked) {
        ++surface.malformed;
        // Not the line: it may have the key.
        if (surface.malformed_log.permit(surface.clock.now()))
            log::warning("exim: {} bytes that are no question were answered with nothing", line.size());
        return std::nullopt;
    }
    if (!surface.keys.accept(asked->key)) {
        ++surface.wrong_key;
        if (surface.key_log.permit(surface.clock.now()))
            log::warning(
                "exim: a question with a wrong key was answered with nothing: is NEXTHOPD_KEY of Exim's "
                "configuration that of the key_file?");
        return std::nullopt;
    }
    return asked;
}

}  // namespace

asio::awaitable<void> exim_session(Socket socket, EximSurface& surface) {
    if (surface.sessions >= EximSurface::max_sessions) co_return;
    const base::Counted counted(surface.sessions);
    try {
        const Patience patience(socket);
        auto line = co_await line_from(socket);
        if (!line) co_return;
        auto asked = admitted(*line, surface);
        if (!asked) co_return;
        ++surface.questions;
        const auto now = surface.clock.now();
        auto question = question_of(*std::move(asked), now);
        if (question.dry_run) ++surface.tests;
        answer::Run run(surface.pipeline);
        run.start(std::move(question), now);
        if (run.advance() != answer::Run::Need::nothing) co_await run.finish();
        const auto& answered = run.question();
        const auto answer = protocol::exim_answer(run.verdict(), answered.recipient.domain());
        if (!answered.dry_run) surface.asked(answered.recipient.address, answered.mail->queue_id);
        if (!answer.empty()) co_await asio::async_write(socket, asio::buffer(answer), base::no_throw);
    } catch (const std::exception& failure) {
        log::error("exim: {}", failure.what());
    }
}

asio::awaitable<void> exim_session_without_answer(Socket socket) {
    const Patience patience(socket);
    co_await line_from(socket);
}

}  // namespace nexthopd::serve
