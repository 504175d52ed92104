#include "ctl/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "base/text.hpp"

namespace nexthopd::ctl {

namespace asio = boost::asio;

base::Result<Reply> ask_daemon(const std::string& socket_path, const nlohmann::json& request) {
    asio::io_context io;
    asio::local::stream_protocol::socket socket(io);
    boost::system::error_code error;
    socket.connect(asio::local::stream_protocol::endpoint(socket_path), error);
    if (error == boost::system::errc::permission_denied)
        return base::fail("{}: permission denied; run this as root, or as a member of the group nexthopd-admin", socket_path);
    if (error) return base::fail("{}: {}; is nexthopd running?", socket_path, error.message());
    asio::write(socket, asio::buffer(request.dump() + '\n'), error);
    std::string text;
    if (!error) asio::read(socket, asio::dynamic_buffer(text), error);
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
