// One question over TCP (RFC 7766), for answers that do not fit a UDP packet.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "dns/wire.hpp"

namespace nexthopd::dns {

/// Connects, asks, reads one answer and closes, all before `deadline`. nullptr: no answer, or not to this
/// question. Never throws.
boost::asio::awaitable<std::unique_ptr<Answer>> ask_tcp(boost::asio::ip::tcp::endpoint server,
                                                        Question question, std::uint16_t id, bool edns,
                                                        base::Instant deadline);

}  // namespace nexthopd::dns
