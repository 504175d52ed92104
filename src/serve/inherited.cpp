#include "serve/inherited.hpp"

#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <memory>
#include <utility>

namespace nexthopd::serve {

Inherited Inherited::take() {
    Inherited out;
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i) {
        const std::unique_ptr<char, decltype(&std::free)> name(names[i], &std::free);
        out.sockets_.push_back({name.get(), base::Descriptor(SD_LISTEN_FDS_START + i)});
    }
    std::free(names);
    return out;
}

std::vector<Listener> Inherited::listeners(boost::asio::io_context& io, const std::string& surface,
                                           const std::vector<config::Endpoint>& endpoints, mode_t mode,
                                           std::vector<std::string>& problems) {
    std::vector<Listener> out;
    const auto keep = [&](base::Result<Listener> listener) {
        if (listener)
            out.push_back(*std::move(listener));
        else
            problems.push_back("listen." + surface + ": " + listener.error().text);
    };
    bool handed_over = false;
    for (auto& socket : sockets_) {
        if (socket.surface != surface || !socket.descriptor) continue;
        handed_over = true;
        keep(Listener::adopt(io, std::move(socket.descriptor)));
    }
    if (handed_over) return out;
    for (const auto& endpoint : endpoints)
        keep(Listener::open(io, endpoint, mode));
    return out;
}

std::vector<std::string> Inherited::left_over() const {
    std::vector<std::string> out;
    for (const auto& socket : sockets_)
        if (socket.descriptor) out.push_back(socket.surface);
    return out;
}

}  // namespace nexthopd::serve
