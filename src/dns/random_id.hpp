// Unpredictable numbers for query ids and the choice of sockets (RFC 5452 §9.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nexthopd::dns {

/// Random bytes from the kernel, fetched 256 at a time: getrandom(2) gives as many in one piece.
class RandomIds {
  public:
    /// Waits for the kernel's pool when the machine has just started. Throws std::system_error.
    RandomIds();
    std::uint16_t next();

  private:
    void fill();
    std::array<std::uint16_t, 128> ids_{};
    std::size_t used_ = 0;
};

}  // namespace nexthopd::dns
