// Clients beside the measured ones: connections that say nothing, and clients that send a request one
// byte at a time. What they cost the measured ones is the question.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "endpoint.hpp"

namespace nexthopd::bench {

class Bystanders {
  public:
    /// Each dribbling client sends the bytes of `request` over and over, one each `interval`.
    static constexpr base::Duration interval = std::chrono::milliseconds(100);

    /// Connects them all; throws std::system_error when that fails.
    Bystanders(const Endpoint& server, std::size_t idle, std::size_t dribbling, std::string request);

    /// When tick() has something to do next; Instant::max() without dribbling clients.
    base::Instant due() const { return due_; }
    /// Sends the bytes that are due. A client that the server has dropped comes back at once: a hostile
    /// one would, too.
    void tick(base::Instant now);

    /// How many idle connections the server has closed so far.
    std::size_t idle_closed() const;
    /// How often the server has dropped a dribbling client so far.
    std::uint64_t dribbling_closed() const { return dribbling_closed_; }

  private:
    struct Dribbler {
        Fd fd;
        std::size_t at = 0;  // the next byte of the request
    };
    void send_byte(Dribbler& dribbler);

    Endpoint server_;
    std::string request_;
    std::vector<Fd> idle_;
    std::vector<Dribbler> dribbling_;
    std::size_t next_ = 0;  // whose turn it is; turns are spread evenly over the interval
    base::Instant due_ = base::Instant::max();
    std::uint64_t dribbling_closed_ = 0;
};

}  // namespace nexthopd::bench
