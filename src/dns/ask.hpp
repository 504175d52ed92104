// One question to several servers: repetition, fail-over, truncation, servers without EDNS.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "dns/counters.hpp"
#include "dns/random_id.hpp"
#include "dns/servers.hpp"
#include "dns/udp.hpp"
#include "dns/wire.hpp"

namespace nexthopd::dns {

struct Patience {
    /// How long the first query to a server is waited for before the next server, or the same one, is asked;
    /// doubled with each round. A name that a resolver has to fetch mostly takes less.
    std::chrono::milliseconds first_timeout{1000};
    int rounds = 3;
    /// All in all. A resolver that has not answered then has given up itself, or will tell next time.
    std::chrono::milliseconds total{8000};
};

/// Questions in flight; each holds about 2 KB. 2 000 lookups that wait for their MX records, and as many
/// addresses.
constexpr std::size_t max_questions = 4000;
/// Connections at a time for truncated answers: they hold a file descriptor each.
constexpr std::size_t max_tcp = 64;

class Asker {
  public:
    Asker(boost::asio::io_context& io, const std::vector<boost::asio::ip::udp::endpoint>& servers,
          Patience patience, Counters& counters);

    /// NOERROR or NXDOMAIN from the first server that has it; nullptr: none has, within `deadline` and the
    /// limits of Patience. An answer to an earlier repetition is taken as well. Never throws but
    /// std::bad_alloc.
    boost::asio::awaitable<std::unique_ptr<Answer>> ask(Question question, base::Instant deadline);

    void close();

  private:
    struct Asking;

    bool send(Asking& asking, std::size_t server);
    /// Waits until `server`, just asked, or an earlier one has told, or `until`.
    boost::asio::awaitable<void> listen(Asking& asking, std::size_t server, base::Instant until);
    /// Keeps a usable answer. True: `server` was asked again, without EDNS.
    boost::asio::awaitable<bool> judge(Asking& asking, std::size_t server, std::unique_ptr<Answer> answer);
    boost::asio::awaitable<std::unique_ptr<Answer>> over_tcp(Asking& asking, std::size_t server);

    boost::asio::io_context& io_;
    std::vector<boost::asio::ip::udp::endpoint> endpoints_;
    Patience patience_;
    Counters& counters_;
    Servers servers_;
    RandomIds random_;
    std::vector<UdpPool> pools_;
    std::size_t tcp_ = 0;
    bool closed_ = false;
};

}  // namespace nexthopd::dns
