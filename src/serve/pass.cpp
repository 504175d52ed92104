#include "serve/pass.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>

#include <systemd/sd-daemon.h>

#include <array>
#include <csignal>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "protocol/netstring.hpp"
#include "protocol/policy.hpp"
#include "protocol/socketmap.hpp"
#include "serve/exim_session.hpp"
#include "serve/listener.hpp"
#include "serve/loading.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

/// What answers to the requests that `bytes` begins with, and how many bytes they have; nullopt: it is none.
using Answer = std::optional<std::size_t> (*)(std::string_view bytes, std::string& replies);

// Every request is answered alike, so its content is not looked at.

std::optional<std::size_t> leave_alone(std::string_view bytes, std::string& replies) {
    const auto frame = protocol::read_netstring(bytes, protocol::max_request);
    if (frame.state == protocol::Netstring::State::incomplete) return 0;
    if (frame.state != protocol::Netstring::State::complete) return std::nullopt;
    protocol::write_netstring(replies, protocol::not_found);
    return frame.consumed;
}

std::optional<std::size_t> do_not_know(std::string_view bytes, std::string& replies) {
    const auto frame = protocol::read_policy_request(bytes);
    if (frame.state == protocol::PolicyFrame::State::incomplete) return 0;
    if (frame.state != protocol::PolicyFrame::State::complete) return std::nullopt;
    replies += protocol::dunno;
    return frame.consumed;
}

asio::awaitable<void> serve(Socket socket, Answer answer) {
    std::array<char, 4096> part{};
    std::string bytes;
    while (true) {
        const auto [error, count] = co_await socket.async_read_some(asio::buffer(part), base::no_throw);
        if (error) co_return;
        bytes.append(part.data(), count);
        std::string replies;
        while (true) {
            const auto used = answer(bytes, replies);
            if (!used) co_return;
            if (*used == 0) break;
            bytes.erase(0, *used);
        }
        const auto [failure, written] =
            co_await asio::async_write(socket, asio::buffer(replies), base::no_throw);
        if (failure) co_return;
    }
}

}  // namespace

int pass(const std::string& settings_path, Inherited inherited) {
    asio::io_context io(1);
    std::vector<std::string> problems;
    const auto listen = settings_for_start(settings_path).listen;
    auto socketmap = inherited.listeners(io, socketmap_surface, listen.socketmap, socketmap_mode, problems);
    auto policy = inherited.listeners(io, policy_surface, listen.policy, socketmap_mode, problems);
    auto exim = inherited.listeners(io, exim_surface, listen.exim, socketmap_mode, problems);
    // Who asks there is to know at once that nexthopd does not run, and not to wait.
    auto unanswered = inherited.listeners(io, control_surface, {}, socketmap_mode, problems);
    auto http = inherited.listeners(io, http_surface, {}, socketmap_mode, problems);
    std::move(http.begin(), http.end(), std::back_inserter(unanswered));
    for (const auto& problem : problems)
        log::error("{}", problem);
    if (socketmap.empty() && policy.empty() && exim.empty()) return 1;
    const auto answer_at = [&io](std::vector<Listener>& listeners, Answer answer) {
        for (auto& listener : listeners)
            asio::co_spawn(io, listener.accept_loop([&io, answer](Socket socket) {
                asio::co_spawn(io, serve(std::move(socket), answer), asio::detached);
            }),
                           asio::detached);
    };
    answer_at(socketmap, leave_alone);
    answer_at(policy, do_not_know);
    for (auto& listener : unanswered)
        asio::co_spawn(io, listener.accept_loop([](const Socket&) {}), asio::detached);
    for (auto& listener : exim)
        asio::co_spawn(io, listener.accept_loop([&io](Socket socket) {
            asio::co_spawn(io, exim_session_without_answer(std::move(socket)), asio::detached);
        }),
                       asio::detached);
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
    log::warning("nexthopd --pass: all mail is left alone");
    sd_notify(0, "READY=1");
    io.run();
    return 0;
}

}  // namespace nexthopd::serve
