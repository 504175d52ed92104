#include "serve/table_lookups.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "base/log.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;
using answer::DestinationFacts;

namespace {

constexpr std::size_t max_known = 100'000;
constexpr std::size_t max_known_bytes = 16U << 20U;

/// Asks one table about all domains; `mark` is called for those that it has an entry for.
template <class Mark>
base::Result<void> ask(const std::string& config_directory, const mta::DomainTable& table,
                       const std::vector<std::string>& domains, Mark&& mark) {
    std::set<std::string> wanted;
    for (const auto& domain : domains)
        for (auto& key : mta::keys_of(table.keys, domain))
            wanted.insert(std::move(key));
    const auto found = mta::find_keys(config_directory, table, {wanted.begin(), wanted.end()});
    if (!found) return tl::unexpected(found.error());
    for (std::size_t i = 0; i < domains.size(); ++i) {
        const auto keys = mta::keys_of(table.keys, domains[i]);
        if (std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return found->contains(key); })) mark(i);
    }
    return {};
}

/// On a thread of the worker: the facts about each of the domains.
base::Result<std::vector<DestinationFacts>> ask_all(const std::vector<InstanceTables>& instances,
                                                    const std::vector<std::string>& domains) {
    std::vector<DestinationFacts> out(domains.size());
    for (const auto& instance : instances) {
        for (const auto& table : instance.delivered_otherwise)
            if (auto done = ask(instance.config_directory, table, domains, [&](std::size_t i) { out[i].delivered_otherwise = true; });
                !done)
                return tl::unexpected(done.error());
        for (const auto& table : instance.tls_policy)
            if (auto done = ask(instance.config_directory, table, domains, [&](std::size_t i) { out[i].tls_policy = true; }); !done)
                return tl::unexpected(done.error());
    }
    return out;
}

}  // namespace

TableLookups::TableLookups(asio::io_context& io, Worker& worker, const base::Clock& clock)
    : io_(io), worker_(worker), clock_(clock), known_(max_known, max_known_bytes) {}

void TableLookups::set_tables(std::vector<InstanceTables> tables) {
    if (tables == tables_) return;
    tables_ = std::move(tables);
    ++generation_;
}

std::optional<DestinationFacts> TableLookups::known(std::string_view domain, base::Instant now) {
    const auto* entry = known_.find(domain, now);
    if (entry == nullptr || entry->generation != generation_) return std::nullopt;
    return *entry->value;
}

asio::awaitable<std::optional<DestinationFacts>> TableLookups::look_up(std::string domain) {
    std::shared_ptr<Flight> flight;
    if (const auto under_way = flights_.find(domain); under_way != flights_.end()) {
        flight = under_way->second;
    } else {
        if (waiting_.size() >= max_waiting) co_return std::nullopt;
        flight = std::make_shared<Flight>();
        flights_.emplace(domain, flight);
        waiting_.push_back(std::move(domain));
        if (!std::exchange(running_, true)) asio::co_spawn(io_, run(), asio::detached);
    }
    const auto found = co_await Flight::wait(flight, base::Instant::max());
    co_return found ? *found : std::nullopt;
}

asio::awaitable<void> TableLookups::run() {
    while (!waiting_.empty()) {
        const auto domains = std::exchange(waiting_, {});
        const auto generation = generation_;
        base::Result<std::vector<DestinationFacts>> facts;
        try {
            auto job = [tables = tables_, domains] { return ask_all(tables, domains); };
            facts = co_await worker_.run(std::move(job));
        } catch (const std::exception& failure) {
            facts = base::fail("{}", failure.what());
        }
        problem_ = facts ? std::string() : facts.error().text;
        if (!facts)
            if (const auto left_out = complaints_.permit(clock_.now()))
                log::warning("{}; mail to {} domains is left alone", problem_, domains.size() + *left_out);
        for (std::size_t i = 0; i < domains.size(); ++i) {
            if (facts)
                known_.store(domains[i], std::make_shared<const DestinationFacts>((*facts)[i]), lifetime,
                             sizeof(DestinationFacts), clock_.now())
                    .generation = generation;
            land(domains[i], facts ? Found((*facts)[i]) : std::nullopt);
        }
    }
    running_ = false;
}

void TableLookups::land(const std::string& domain, const Found& found) {
    auto flight = flights_.extract(domain);
    if (flight) flight.mapped()->land(std::make_shared<const Found>(found));
}

}  // namespace nexthopd::serve
