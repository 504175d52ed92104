// The connections of the MTA's side: how many there are, which of them idle, which dawdle.
//
// Postfix keeps an idle connection open, so idling is ordinary traffic; half a request is not, and neither
// is a peer that does not read its reply. All connections are looked at each second.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "serve/socketmap_session.hpp"

namespace nexthopd::serve {

class Connections {
  public:
    /// Beyond so many the connection that idles longest is closed for the new one: at most 4 000, 10 KB each, and
    /// fewer where the process may have fewer descriptors.
    static std::size_t usual_limit();
    /// Time for one whole request to arrive, or one reply to be taken, counted from its first byte.
    static constexpr std::chrono::seconds patience{10};

    explicit Connections(SocketmapSurface& surface, std::size_t limit = usual_limit())
        : surface_(surface), limit_(limit) {}

    /// Serves a connection that was accepted.
    void add(base::Descriptor connection);
    /// Closes the one that idles longest; there is no descriptor for a new one.
    void make_room();
    /// Closes those that have used up their time.
    void sweep(base::Instant now);

    std::size_t size() const { return sessions_.size(); }

  private:
    SocketmapSurface& surface_;
    std::size_t limit_;
    std::unordered_map<const SocketmapSession*, std::shared_ptr<SocketmapSession>> sessions_;
};

}  // namespace nexthopd::serve
