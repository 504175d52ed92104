// The connections of the MTA's side: how many there are, which of them idle, which dawdle.
//
// Postfix keeps an idle connection open, so idling is ordinary traffic; half a request is not, and neither
// is a peer that does not read its reply. One timer looks at all connections each second.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>

#include <list>

#include "base/clock.hpp"
#include "serve/listener.hpp"

namespace nexthopd::serve {

class Connections {
  public:
    /// Beyond this the connection that idles longest is closed for the new one.
    static constexpr std::size_t limit = 4'000;
    /// Time for one whole request to arrive, or one reply to be taken, counted from its first byte.
    static constexpr std::chrono::seconds patience{10};

    struct Entry {
        Socket socket;
        base::Instant last_used{};
        bool waiting_for_peer = false;  // since last_used: half a request came, or a reply is not taken
        bool working = false;           // a question is being answered
    };
    using Handle = std::list<Entry>::iterator;

    /// Adds a connection; closes another one when there are too many.
    Handle add(Socket socket, base::Instant now);
    void remove(Handle handle) { entries_.erase(handle); }
    /// Closes those that have used up their time.
    void sweep(base::Instant now);

    std::size_t size() const { return entries_.size(); }
    std::uint64_t evicted() const { return evicted_; }

  private:
    std::list<Entry> entries_;
    std::uint64_t evicted_ = 0;
};

}  // namespace nexthopd::serve
