// Joins the lines of the SMTP clients: which servers were tried, in vain or not, for which recipient.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/attempt.hpp"
#include "mail/host_name.hpp"
#include "maillog/delivery.hpp"
#include "maillog/recent_map.hpp"
#include "maillog/server.hpp"

namespace nexthopd::maillog {

class DeliveryJoin {
  public:
    struct Options {
        std::string instance;
        std::vector<mail::IpAddress> own_addresses;  // deliveries there are re-injection; loopback always is
        std::vector<std::string> own_hosts;          // likewise, lower case
        std::vector<std::string> relay_hosts;        // lower case: attempts there have the stage "relay"
    };

    struct Counters {
        std::uint64_t attempts = 0;
        std::uint64_t bad_server = 0;  // attempts left out, because the server's name is none
        std::uint64_t unjoined = 0;    // failures whose recipient, or whose server, never showed
        std::uint64_t dropped = 0;     // failures left out, because a limit was reached
    };

    /// Processes remembered. master(8) runs 100 clients of a service at most (default_process_limit).
    static constexpr std::size_t max_processes = 2'000;
    /// A process that was silent for longer has finished, or its pid is another's: the longest pause
    /// within a delivery is smtp_data_done_timeout, 600 s.
    static constexpr std::chrono::minutes max_silence{15};
    /// Servers of one delivery: 50 of a list, some with two addresses.
    static constexpr std::size_t max_connections = 64;
    /// Endings kept for the recipients to come, of all processes: at most 16 MiB of text.
    static constexpr std::size_t max_endings = 8'192;

    explicit DeliveryJoin(Options options) : options_(std::move(options)) {}

    void connect_failed(const ConnectFailure& failure, const LogPoint& at);
    void tls(const Peer& peer, bool established, const LogPoint& at);
    /// `round` as in Message: tells the attempts of one message apart; 0: unknown.
    void interim(const Interim& interim, std::uint64_t round, const LogPoint& at,
                 std::vector<mail::Attempt>& rows);
    /// `recipient` is the row as far as it does not depend on the server. True if a server was tried.
    bool outcome(const Outcome& outcome, mail::Attempt&& recipient, std::uint64_t round, const LogPoint& at,
                 std::vector<mail::Attempt>& rows);

    const Counters& counters() const { return counters_; }
    /// The first line of the oldest delivery of which a recipient may still show; 0: none waits.
    std::uint64_t first_open_line(base::WallTime now) const;

  private:
    struct Process {
        base::WallTime seen{};
        std::vector<Connection> loose;  // failed connections since the last line with a queue id
        Delivery delivery;
        Server tls_server;  // of the last line about TLS
        bool tls_established = false;
        bool tls_fresh = false;  // no later line has told what became of that connection
    };
    using Rows = std::vector<mail::Attempt>;

    std::optional<Server> server_of(const Peer& peer) const {
        return remote_server(peer, options_.own_addresses, options_.own_hosts);
    }
    Process& process(const LogPoint& at);
    void enter(Process& process, std::string_view queue_id, std::uint64_t round, const LogPoint& at,
               Rows& rows);
    Connection* open(Process& process, Server&& server, bool reused, const LogPoint& at);
    Connection* own_connection(Process& process, Server&& server, const Outcome& outcome,
                               const FailureText* failure, const LogPoint& at, Rows& rows);
    bool may_keep();
    void next_request(Delivery& delivery, Rows& rows);
    void abandon(Connection& connection, const Delivery& delivery, Rows& rows);
    void forget(Process& process);
    bool earlier(Connection& connection, const mail::Attempt& recipient, const LogPoint& at, Rows& rows);
    void add(mail::Attempt&& recipient, const Connection& connection, Ending ending, Rows& rows);

    Options options_;
    RecentMap<std::uint32_t, Process> processes_{max_processes};
    std::size_t endings_ = 0;
    Counters counters_;
};

}  // namespace nexthopd::maillog
