// Joins the lines of Exim's delivery processes: which servers were tried, in vain or not, for which
// recipient.
//
// A transport process logs each host that fails, as it fails, without a recipient. Its parent logs what
// became of the recipients when the process is done: those of one host list one after the other. So what
// failed before the first outcome belongs to that recipient, to the others of its domain, and to those that
// the same server got. Where Exim delivers to several domains of one message at a time, the failures of one
// may be counted for the recipient of another: the lines do not tell them apart. Each is counted once all the
// same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "mail/attempt.hpp"
#include "maillog/delivery.hpp"
#include "maillog/delivery_join.hpp"
#include "maillog/exim_line.hpp"
#include "maillog/recent_map.hpp"
#include "maillog/server.hpp"

namespace nexthopd::maillog {

class EximJoin {
  public:
    struct Options {
        std::string instance;
        std::vector<mail::IpAddress> own_addresses;  // deliveries there are re-injection; loopback always is
        std::vector<std::string> own_hosts;          // likewise, lower case
        std::vector<std::string>
            relay_routers;  // attempts of recipients that they routed have the stage "relay"
    };
    using Counters = DeliveryJoin::Counters;

    /// Messages whose delivery is remembered. Exim runs queue_run_max (5) queue runners and one process for
    /// each message that comes in.
    static constexpr std::size_t max_deliveries = 2'000;
    /// The longest pause in a delivery is the final_timeout of the smtp transport, 10 min, behind a
    /// data_timeout of 5 min.
    static constexpr std::chrono::minutes max_silence{30};
    /// Servers of one message: hosts_max_try (5) and hosts_max_try_hardlimit (50), of several domains.
    static constexpr std::size_t max_connections = 64;
    /// Host lists of one message that are told apart: of more domains the first are forgotten.
    static constexpr std::size_t max_groups = 32;
    static constexpr std::size_t max_recipients = 256;  // of one message that are told apart
    /// Endings kept for the recipients to come, of all messages: at most 16 MiB of text.
    static constexpr std::size_t max_endings = 8'192;

    explicit EximJoin(Options options) : options_(std::move(options)) {}

    /// A host failed. `text`: without Exim's backslashes.
    void failed(std::string_view id, const Peer& peer, std::string_view text, const LogPoint& at);
    /// `recipient` is the row as far as it does not depend on the server; `text` as above. True if a server
    /// was tried.
    bool outcome(const EximOutcome& outcome, std::string_view text, mail::Attempt&& recipient,
                 const LogPoint& at, std::vector<mail::Attempt>& rows);
    /// The message is gone: failures whose recipient did not show keep their row where the domain is known.
    void gone(std::string_view id, std::vector<mail::Attempt>& rows);

    const Counters& counters() const { return counters_; }
    /// The oldest line whose recipient may still show; 0: none waits.
    std::uint64_t first_open_line(base::WallTime now) const;

  private:
    struct Refusal {  // of one recipient, by RCPT TO
        std::string recipient;
        Ending ending;
    };
    struct Session {
        Server server;
        std::uint64_t number = 0;
        std::uint32_t pid = 0;
        bool tls = false;
        std::vector<Refusal> refusals;  // that have not found their recipient
        std::optional<Ending> end;      // of the session, for all recipients that were left
        bool counted = false;           // `end` has a row that counts
        bool for_all = false;  // `end` was told before any outcome: it concerns those of other servers, too
    };
    /// The servers that were tried for some recipients, in their order.
    struct Group {
        std::string domain;  // of the first of them
        Server last;         // that served it
        std::vector<Session> sessions;
    };
    struct Delivery {
        std::string id;
        base::WallTime seen{};
        std::vector<Session> pending;  // no recipient of these has shown yet
        std::vector<Group> groups;
        std::vector<std::size_t> met;    // hashes of the recipients of this round
        std::uint64_t last_outcome = 0;  // number of its line
        std::string domain;              // of all outcomes of this round; empty: of more than one, or none
        std::uint64_t opened = 0;        // sessions so far
        std::size_t sessions() const;
    };
    /// A recipient in its outcome line.
    struct Shown {
        const mail::Attempt& recipient;
        bool relay = false;
        base::WallTime time{};
    };
    using Rows = std::vector<mail::Attempt>;

    Delivery& delivery(std::string_view id, const LogPoint& at);
    Session* open(Delivery& delivery, std::vector<Session>& sessions, Server&& server, const LogPoint& at);
    bool may_keep();
    void meet(Delivery& delivery, const mail::Attempt& recipient, const LogPoint& at, Rows& rows);
    Group& group_of(Delivery& delivery, const mail::Attempt& recipient, const std::optional<Server>& server);
    Session* own_session(Delivery& delivery, Group& group, Server&& server, const EximOutcome& outcome,
                         const FailureText& parts, std::string_view text, const LogPoint& at);
    bool refused(Session& session, const Shown& shown, bool told_again, Rows& rows);
    bool ended(Session& session, const Shown& shown, Rows& rows);
    void add(mail::Attempt&& recipient, const Session& session, Ending ending, bool relay, Rows& rows);
    void abandon(Delivery& delivery, std::vector<Session>& sessions, Rows& rows);
    void forget(const std::vector<Session>& sessions);
    void forget(Delivery& delivery);

    Options options_;
    RecentMap<std::string, Delivery, base::StringHash> deliveries_{max_deliveries};
    std::size_t endings_ = 0;
    Counters counters_;
};

}  // namespace nexthopd::maillog
