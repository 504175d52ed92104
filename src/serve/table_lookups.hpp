// The MTA's lookup tables, asked in the background: the domains of one moment with one postmap(1) per table.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "answer/destinations.hpp"
#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "dns/expiring.hpp"
#include "dns/flight.hpp"
#include "serve/loading.hpp"
#include "serve/worker.hpp"

namespace nexthopd::serve {

class TableLookups final : public answer::Destinations {
  public:
    /// What a table said is believed for so long; Postfix' own processes keep tables open longer.
    static constexpr std::chrono::minutes lifetime{5};
    static constexpr std::size_t max_waiting = 10'000;  // domains; more are "not known"

    TableLookups(boost::asio::io_context& io, Worker& worker, const base::Clock& clock);

    /// Other tables than before: what they said is forgotten.
    void set_tables(std::vector<InstanceTables> tables);

    std::optional<answer::DestinationFacts> known(std::string_view domain, base::Instant now) override;
    boost::asio::awaitable<std::optional<answer::DestinationFacts>> look_up(std::string domain) override;

    /// Why the last lookup failed; empty: it did not.
    const std::string& problem() const { return problem_; }

  private:
    using Found = std::optional<answer::DestinationFacts>;
    using Flight = dns::Flight<Found>;

    boost::asio::awaitable<void> run();
    void land(const std::string& domain, const Found& found);

    boost::asio::io_context& io_;
    Worker& worker_;
    const base::Clock& clock_;
    std::vector<InstanceTables> tables_;
    std::uint32_t generation_ = 0;  // of tables_
    dns::Expiring<answer::DestinationFacts> known_;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
    std::vector<std::string> waiting_;  // for the next run of postmap
    bool running_ = false;
    std::string problem_;
    base::RateLimit complaints_{std::chrono::minutes(1)};
};

}  // namespace nexthopd::serve
