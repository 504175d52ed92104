#include "serve/listener.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/log.hpp"
#include "base/no_throw.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr int backlog = 1024;  // postfix' default_process_limit is 100; there is room for many instances
/// With no descriptor left accept() fails at once, again and again: without a pause it takes the processor.
constexpr std::chrono::milliseconds pause_without_descriptors{50};

asio::generic::stream_protocol::endpoint generic(const config::Endpoint& endpoint) {
    if (endpoint.is_unix()) return asio::local::stream_protocol::endpoint(endpoint.path);
    return asio::ip::tcp::endpoint(endpoint.inet.address, endpoint.inet.port);
}

/// True when a process accepts connections there.
bool somebody_listens(asio::io_context& io, const config::Endpoint& endpoint) {
    Socket probe(io);
    error_code error;
    probe.connect(generic(endpoint), error);
    return !error;
}

base::Result<void> make_room(asio::io_context& io, const config::Endpoint& endpoint) {
    const std::filesystem::path path(endpoint.path);
    std::error_code error;
    const auto status = std::filesystem::symlink_status(path, error);
    if (status.type() == std::filesystem::file_type::socket) {
        if (somebody_listens(io, endpoint))
            return base::fail("{}: another process is listening there; end it first", endpoint.path);
        std::filesystem::remove(path, error);
        if (error)
            return base::fail("{}: a stale socket that cannot be removed: {}", endpoint.path,
                              error.message());
    } else if (std::filesystem::exists(status)) {
        return base::fail("{}: there is a file that is no socket; remove it or choose another name",
                          endpoint.path);
    }
    const auto folder = path.parent_path();
    if (!std::filesystem::exists(folder, error)) {
        std::filesystem::create_directory(folder, error);
        if (error) return base::fail("{}: cannot be made: {}", folder.string(), error.message());
    }
    return {};
}

}  // namespace

Listener::Listener(Acceptor acceptor, std::string unix_path)
    : acceptor_(std::move(acceptor)), unix_path_(std::move(unix_path)) {}

Listener::Listener(Listener&& other) noexcept
    : acceptor_(std::move(other.acceptor_)), unix_path_(std::exchange(other.unix_path_, {})) {}

Listener& Listener::operator=(Listener&& other) noexcept {
    std::swap(acceptor_, other.acceptor_);
    std::swap(unix_path_, other.unix_path_);
    return *this;
}

Listener::~Listener() {
    if (!unix_path_.empty()) unlink(unix_path_.c_str());
}

base::Result<Listener> Listener::open(asio::io_context& io, const config::Endpoint& endpoint, mode_t mode) {
    if (endpoint.is_unix()) {
        if (auto room = make_room(io, endpoint); !room) return tl::unexpected(room.error());
    }
    const auto address = generic(endpoint);
    Acceptor acceptor(io);
    error_code error;
    acceptor.open(address.protocol(), error);
    if (!error && !endpoint.is_unix()) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(address, error);
    if (!error && endpoint.is_unix() && chmod(endpoint.path.c_str(), mode) != 0)
        error = error_code(errno, boost::system::system_category());
    if (!error) acceptor.listen(backlog, error);
    if (error) return base::fail("{}: cannot listen: {}", config::to_text(endpoint), error.message());
    return Listener(std::move(acceptor), endpoint.path);
}

base::Result<Listener> Listener::adopt(asio::io_context& io, base::Descriptor socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    int listens = 0;
    socklen_t flag_size = sizeof listens;
    if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &flag_size) != 0 || listens == 0)
        return base::fail("descriptor {}, which was handed over, is no socket that listens", socket.get());
    const asio::generic::stream_protocol protocol(address.ss_family, 0);
    Acceptor acceptor(io);
    error_code error;
    acceptor.assign(protocol, socket.get(), error);
    if (error) return base::fail("descriptor {}, which was handed over: {}", socket.get(), error.message());
    socket.release();
    return Listener(std::move(acceptor), {});
}

asio::awaitable<void> Listener::accept_loop(std::function<void(Socket)> begin,
                                            std::function<void()> make_room) {
    asio::steady_timer timer(acceptor_.get_executor());
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(base::no_throw);
        if (!error) {
            begin(std::move(socket));
        } else if (error == asio::error::no_descriptors || error == asio::error::no_memory ||
                   error == asio::error::no_buffer_space) {
            if (make_room) make_room();
            timer.expires_after(pause_without_descriptors);
            co_await timer.async_wait(base::no_throw);
        } else if (error == asio::error::operation_aborted) {
            co_return;
        }
        // Anything else is the fault of one connection (ECONNABORTED): the next one is as good as any.
    }
}

}  // namespace nexthopd::serve
