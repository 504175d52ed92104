#include "ctl/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <chrono>

#include "base/text.hpp"

namespace nexthopd::ctl {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::hours patience_to_rewrite{24};  // a large database

}  // namespace

base::Result<Reply> ask_daemon(const std::string& socket_path, const nlohmann::json& request) {
    asio::io_context io;
    asio::local::stream_protocol::socket socket(io);
    boost::system::error_code error;
    socket.connect(asio::local::stream_protocol::endpoint(socket_path), error);
    if (error == boost::system::errc::permission_denied)
        return base::fail(
            "{}: permission denied; run this as root, or as a member of the group nexthopd-admin",
            socket_path);
    if (error) return base::fail("{}: {}; is nexthopd running?", socket_path, error.message());
    asio::write(socket, asio::buffer(request.dump() + '\n'), error);
    std::string text;
    bool came = error.failed();
    if (!came)
        asio::async_read(socket, asio::dynamic_buffer(text),
                         [&](const boost::system::error_code& end, std::size_t /*count*/) {
                             error = end;
                             came = true;
                         });
    // A socket of systemd takes connections though nobody may be there to answer.
    io.run_for(request.value("command", "") == "forget" ? patience_to_rewrite : patience);
    if (!came)
        return base::fail("{}: no answer within {} s; is nexthopd running?", socket_path, patience.count());
    if (error && error != asio::error::eof) return base::fail("{}: {}", socket_path, error.message());

    Reply reply;
    bool ended = false;
    for (const auto line : base::split(text, '\n')) {
        auto value = nlohmann::json::parse(line, nullptr, false);
        if (!value.is_object()) continue;
        if (value.size() == 1 && value.contains("exit")) {
            reply.exit = value["exit"].get<int>();
            ended = true;
        } else {
            reply.lines.push_back(std::move(value));
        }
    }
    if (!ended) return base::fail("{}: the daemon ended the connection without an answer", socket_path);
    return reply;
}

}  // namespace nexthopd::ctl
