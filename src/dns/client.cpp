#include "dns/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/no_throw.hpp"
#include "base/string_hash.hpp"
#include "dns/expiring.hpp"
#include "dns/flight.hpp"
#include "dns/record_lookups.hpp"

namespace nexthopd::dns {

namespace asio = boost::asio;

namespace {

using MxSetPtr = std::shared_ptr<const mail::MxSet>;
template <class Value>
using Flights =
    std::unordered_map<std::string, std::shared_ptr<Flight<Value>>, base::StringHash, std::equal_to<>>;

/// Renewals are started so often: below a tenth of the shortest life of a set with hosts.
constexpr std::chrono::seconds renewal_period{1};
/// Hosts serve many domains, so there are fewer of them.
constexpr std::size_t max_cached_hosts = 50'000;
constexpr std::size_t max_cached_host_bytes = 16U << 20U;

/// Hosts being looked up, two questions each. Those above the limit are left unknown until the set is
/// renewed.
constexpr std::size_t max_host_lookups = 1000;

MxSetPtr failed_set(std::string domain) {
    auto set = std::make_shared<mail::MxSet>();
    set->owner = domain;
    set->domain = std::move(domain);
    return set;
}

}  // namespace

/// What lookups in flight share with the client and may outlive it with. Coroutines hold it by shared_ptr.
class Client::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Options options, const base::Clock& clock)
        : io_(io),
          clock_(clock),
          self_(std::move(options.self)),
          max_lookups_(options.max_lookups),
          patience_(options.patience),
          asker_(io, options.servers, options.patience, counters_),
          cache_(options.cache_names, options.cache_bytes),
          hosts_(max_cached_hosts, max_cached_host_bytes),
          records_(io, asker_, options.patience.total, clock),
          renewal_timer_(io) {}

    /// Resolver::cached().
    MxSetPtr cached(std::string_view domain, base::Instant now) {
        auto set = cache_.find(domain, now);
        ++(set ? counters_.cache_hits : counters_.cache_misses);
        return set;
    }
    /// Resolver::mx().
    static asio::awaitable<MxSetPtr> mx(std::shared_ptr<Core> core, std::string domain, bool fresh);

    /// Resolver::cached_records() and records().
    RecordLookups& record_lookups() { return records_; }

    void set_self(Self self) {
        if (self == self_) return;
        self_ = std::move(self);
        cache_.forget_all();
    }
    const Counters& counters() const { return counters_; }

    void start() {
        asio::co_spawn(io_, renew(shared_from_this()), [](const std::exception_ptr&) {});
    }
    void close() {
        closed_ = true;
        renewal_timer_.cancel();
        asker_.close();
    }

  private:
    using HostFlight = std::shared_ptr<Flight<Addresses>>;

    /// The flight that looks `domain` up; nullptr: too many are in flight.
    std::shared_ptr<Flight<mail::MxSet>> look_up(const std::string& domain);
    static asio::awaitable<void> renew(std::shared_ptr<Core> core);
    static asio::awaitable<MxFound> find_mx(std::shared_ptr<Core> core, std::string domain);
    static asio::awaitable<Addresses> find_addresses(std::shared_ptr<Core> core, std::string host,
                                                     base::Instant deadline);
    /// The addresses of `host` from the cache, with what is left of their life.
    std::optional<Addresses> known_host(std::string_view host);
    /// nullptr: too many are in flight.
    HostFlight look_up_host(const std::string& host);
    void land(const std::string& domain, const MxFound& found);
    void land_host(const std::string& host, const Addresses& found);

    asio::io_context& io_;
    const base::Clock& clock_;
    Self self_;
    std::size_t max_lookups_;
    Patience patience_;
    Counters counters_;
    Asker asker_;
    MxCache cache_;
    Expiring<Addresses> hosts_;
    RecordLookups records_;
    Flights<mail::MxSet> flights_;
    Flights<Addresses> host_flights_;
    asio::steady_timer renewal_timer_;
    bool closed_ = false;
};

std::shared_ptr<Flight<mail::MxSet>> Client::Core::look_up(const std::string& domain) {
    if (const auto at = flights_.find(domain); at != flights_.end()) return at->second;
    if (flights_.size() >= max_lookups_ || closed_) {
        ++counters_.overload;
        return nullptr;
    }
    ++counters_.lookups;
    auto flight = std::make_shared<Flight<mail::MxSet>>();
    flights_.emplace(domain, flight);
    asio::co_spawn(
        io_, find_mx(shared_from_this(), domain),
        [core = shared_from_this(), domain](const std::exception_ptr& error, const MxFound& found) {
            // Only std::bad_alloc gets here; the lookup has failed then.
            core->land(domain, error ? MxFound{*failed_set(domain)} : found);
        });
    return flight;
}

void Client::Core::land(const std::string& domain, const MxFound& found) {
    auto set = std::make_shared<const mail::MxSet>(found.set);
    if (set->state == mail::MxSet::State::failed) ++counters_.failed;
    cache_.store(set, found.ttl, clock_.now());
    auto flight = flights_.extract(domain);
    if (flight) flight.mapped()->land(std::move(set));
}

asio::awaitable<MxSetPtr> Client::Core::mx(std::shared_ptr<Core> core, std::string domain, bool fresh) {
    // What cannot be asked is told by the pure part without a packet: literals, names that are none.
    if (MxLookup lookup(domain); lookup.need() != MxLookup::Need::mx)
        co_return std::make_shared<const mail::MxSet>(std::move(lookup).finish(core->self_).set);
    if (!fresh) {
        if (auto set = core->cache_.find(domain, core->clock_.now())) co_return set;
    }
    const auto flight = core->look_up(domain);
    if (!flight) co_return failed_set(std::move(domain));
    auto set = co_await Flight<mail::MxSet>::wait(flight, base::Instant::max());
    co_return set ? set : failed_set(std::move(domain));
}

asio::awaitable<MxFound> Client::Core::find_mx(std::shared_ptr<Core> core, std::string domain) {
    MxLookup lookup(std::move(domain));
    const auto deadline = base::steady_now() + core->patience_.total;
    while (lookup.need() == MxLookup::Need::mx) {
        // Named, because g++ 12 destroys a braced temporary in a co_await expression twice (GCC bug 98401).
        Question question{lookup.name(), Type::mx};
        const auto answer = co_await core->asker_.ask(std::move(question), deadline);
        lookup.take_mx(answer.get());
    }
    if (lookup.need() == MxLookup::Need::addresses)
        lookup.take_addresses(co_await find_addresses(core, lookup.name(), deadline));

    // All at once; those that take longer are known to the next lookup.
    std::vector<std::pair<std::string, HostFlight>> flights;
    for (const auto& name : lookup.hosts_without_addresses()) {
        if (const auto known = core->known_host(name))
            lookup.take_host(name, *known);
        else if (auto flight = core->look_up_host(name))
            flights.emplace_back(name, std::move(flight));
        else
            lookup.take_host(name, {});
    }
    const auto host_deadline = base::steady_now() + host_patience;
    for (const auto& [name, flight] : flights) {
        const auto found = co_await Flight<Addresses>::wait(flight, host_deadline);
        lookup.take_host(name, found ? *found : Addresses{});
    }
    co_return std::move(lookup).finish(core->self_);
}

asio::awaitable<Addresses> Client::Core::find_addresses(std::shared_ptr<Core> core, std::string host,
                                                        base::Instant deadline) {
    using namespace asio::experimental::awaitable_operators;
    Question for_a{host, Type::a};
    Question for_aaaa{host, Type::aaaa};
    const auto [a, aaaa] = co_await (core->asker_.ask(std::move(for_a), deadline) &&
                                     core->asker_.ask(std::move(for_aaaa), deadline));
    co_return combine(addresses_in(a.get(), host, Type::a), addresses_in(aaaa.get(), host, Type::aaaa));
}

std::optional<Addresses> Client::Core::known_host(std::string_view host) {
    const auto now = clock_.now();
    const auto* entry = hosts_.find(host, now);
    if (entry == nullptr) return std::nullopt;
    auto addresses = *entry->value;
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(entry->expires - now);
    addresses.ttl = std::min(addresses.ttl, left);
    return addresses;
}

Client::Core::HostFlight Client::Core::look_up_host(const std::string& host) {
    if (const auto at = host_flights_.find(host); at != host_flights_.end()) return at->second;
    if (host_flights_.size() >= max_host_lookups) {
        ++counters_.overload;
        return nullptr;
    }
    auto flight = std::make_shared<Flight<Addresses>>();
    host_flights_.emplace(host, flight);
    asio::co_spawn(
        io_, find_addresses(shared_from_this(), host, base::steady_now() + patience_.total),
        [core = shared_from_this(), host](const std::exception_ptr& error, const Addresses& found) {
            core->land_host(host, error ? Addresses{} : found);
        });
    return flight;
}

void Client::Core::land_host(const std::string& host, const Addresses& found) {
    auto value = std::make_shared<const Addresses>(found);
    const auto bytes = sizeof(Addresses) + found.list.size() * sizeof(mail::IpAddress);
    hosts_.store(host, value, address_lifetime(found), bytes, clock_.now());
    auto flight = host_flights_.extract(host);
    if (flight) flight.mapped()->land(std::move(value));
}

asio::awaitable<void> Client::Core::renew(std::shared_ptr<Core> core) {
    while (!core->closed_) {
        core->renewal_timer_.expires_after(renewal_period);
        co_await core->renewal_timer_.async_wait(base::no_throw);
        for (const auto& set : core->cache_.take_due()) {
            // Half of what is allowed is left to those who wait.
            if (core->flights_.size() >= core->max_lookups_ / 2) break;
            ++core->counters_.refreshes;
            core->look_up(set->domain);
        }
    }
}

Client::Client(asio::io_context& io, Options options, const base::Clock& clock)
    : core_(std::make_shared<Core>(io, std::move(options), clock)) {
    core_->start();
}

Client::~Client() {
    core_->close();
}

MxSetPtr Client::cached(std::string_view domain, base::Instant now) {
    return core_->cached(domain, now);
}

asio::awaitable<MxSetPtr> Client::mx(std::string domain, bool fresh) {
    return Core::mx(core_, std::move(domain), fresh);  // may start when the client is gone
}

std::shared_ptr<const Records> Client::cached_records(std::string_view name, Type type, base::Instant now) {
    return core_->record_lookups().cached(name, type, now);
}

asio::awaitable<std::shared_ptr<const Records>> Client::records(std::string name, Type type) {
    static const auto failed = std::make_shared<const Records>();
    const auto flight = core_->record_lookups().look_up(core_, name, type);
    if (!flight) co_return failed;
    auto found = co_await Flight<Records>::wait(flight, base::Instant::max());
    co_return found ? found : failed;
}

void Client::set_self(Self self) {
    core_->set_self(std::move(self));
}
const Counters& Client::counters() const {
    return core_->counters();
}

}  // namespace nexthopd::dns
