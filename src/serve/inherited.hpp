// Listening sockets that somebody else holds: systemd's socket units (sd_listen_fds(3)), or a supervisor that
// does likewise. They outlive this process: a question that is asked while it is restarted waits in its
// socket.
#pragma once

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

#include "config/endpoint.hpp"
#include "serve/listener.hpp"

namespace nexthopd::serve {

/// The names of the surfaces, as FileDescriptorName= of their socket units has them.
inline constexpr const char* socketmap_surface = "socketmap";
inline constexpr const char* policy_surface = "policy";
inline constexpr const char* exim_surface = "exim";
inline constexpr const char* control_surface = "control";
inline constexpr const char* http_surface = "http";

class Inherited {
  public:
    /// Takes the sockets that were handed over from the environment; once in a process.
    static Inherited take();

    /// The listeners of a surface: those that were handed over under its name, else those of the settings.
    /// What cannot be had is appended to `problems`.
    std::vector<Listener> listeners(boost::asio::io_context& io, const std::string& surface,
                                    const std::vector<config::Endpoint>& endpoints, mode_t mode,
                                    std::vector<std::string>& problems);

    /// The names of the sockets that nobody has asked for.
    std::vector<std::string> left_over() const;

  private:
    struct Socket {
        std::string surface;
        base::Descriptor descriptor;
    };
    std::vector<Socket> sockets_;
};

}  // namespace nexthopd::serve
