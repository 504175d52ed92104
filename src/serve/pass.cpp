#include "serve/pass.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>

#include <systemd/sd-daemon.h>

#include <array>
#include <csignal>
#include <cstring>
#include <vector>

#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "protocol/netstring.hpp"
#include "protocol/socketmap.hpp"
#include "serve/listener.hpp"
#include "serve/loading.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

/// Every request is answered alike, so its content is not looked at.
asio::awaitable<void> answer(Socket socket) {
    std::array<char, protocol::max_request + 16> buffer{};
    std::size_t filled = 0;
    while (true) {
        const auto [error, count] = co_await socket.async_read_some(
            asio::buffer(buffer.data() + filled, buffer.size() - filled), base::no_throw);
        if (error) co_return;
        filled += count;
        std::string replies;
        std::size_t used = 0;
        while (used < filled) {
            const auto frame =
                protocol::read_netstring({buffer.data() + used, filled - used}, protocol::max_request);
            if (frame.state == protocol::Netstring::State::incomplete) break;
            if (frame.state != protocol::Netstring::State::complete) co_return;
            used += frame.consumed;
            protocol::write_netstring(replies, protocol::not_found);
        }
        filled -= used;
        std::memmove(buffer.data(), buffer.data() + used, filled);
        const auto [failure, written] =
            co_await asio::async_write(socket, asio::buffer(replies), base::no_throw);
        if (failure) co_return;
    }
}

}  // namespace

int pass(const std::string& settings_path, Inherited inherited) {
    asio::io_context io(1);
    std::vector<std::string> problems;
    auto listeners = inherited.listeners(
        io, socketmap_surface, settings_for_start(settings_path).listen.socketmap, socketmap_mode, problems);
    for (const auto& problem : problems)
        log::error("{}", problem);
    if (listeners.empty()) return 1;
    for (auto& listener : listeners)
        asio::co_spawn(io, listener.accept_loop([&io](Socket socket) {
            asio::co_spawn(io, answer(std::move(socket)), asio::detached);
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
