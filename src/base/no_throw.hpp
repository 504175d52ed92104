// How asynchronous operations end in this program: with a tuple that begins with the error, never with
// an exception. (Of two operations joined by ||, an exception of the one that loses would vanish.)
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace nexthopd::base {

inline constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace nexthopd::base
