// One lookup for all who want the same name at the same time (single flight).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <list>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "base/no_throw.hpp"

namespace nexthopd::dns {

template <class Value>
class Flight {
  public:
    /// Ends the flight: all who wait get `value`, as do those who come later.
    void land(std::shared_ptr<const Value> value) {
        value_ = std::move(value);
        for (auto* timer : waiters_)
            timer->cancel();
    }

    /// The value; nullptr when `until` comes first or the waiter is cancelled. The flight goes on without it.
    static boost::asio::awaitable<std::shared_ptr<const Value>> wait(std::shared_ptr<Flight> flight,
                                                                     base::Instant until) {
        if (!flight->value_) {
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, until);
            const Seat seat(flight->waiters_, timer);
            co_await timer.async_wait(base::no_throw);
        }
        co_return flight->value_;
    }

  private:
    using Waiters = std::list<boost::asio::steady_timer*>;

    /// A place among those who wait, given up when the waiter's frame goes.
    class Seat {
      public:
        Seat(Waiters& waiters, boost::asio::steady_timer& timer)
            : waiters_(waiters), place_(waiters.insert(waiters.end(), &timer)) {}
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;
        ~Seat() { waiters_.erase(place_); }

      private:
        Waiters& waiters_;
        typename Waiters::iterator place_;
    };

    std::shared_ptr<const Value> value_;
    Waiters waiters_;
};

}  // namespace nexthopd::dns
