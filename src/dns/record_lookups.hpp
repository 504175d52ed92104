// Lookups of address and text records: cached, and one for all who ask for the same at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "dns/ask.hpp"
#include "dns/expiring.hpp"
#include "dns/flight.hpp"
#include "dns/records.hpp"

namespace nexthopd::dns {

class RecordLookups {
  public:
    using RecordsPtr = std::shared_ptr<const Records>;
    /// In flight.
    static constexpr std::size_t max_lookups = 500;

    RecordLookups(boost::asio::io_context& io, Asker& asker, std::chrono::milliseconds patience,
                  const base::Clock& clock)
        : io_(io), asker_(asker), patience_(patience), clock_(clock), cache_(max_names, max_bytes) {}

    /// nullptr: not known.
    RecordsPtr cached(std::string_view name, Type type, base::Instant now);
    /// nullptr: too many are in flight. `owner` keeps all of this alive until the flight has landed.
    std::shared_ptr<Flight<Records>> look_up(const std::shared_ptr<void>& owner, const std::string& name,
                                             Type type);

  private:
    static constexpr std::size_t max_names = 20'000;
    static constexpr std::size_t max_bytes = 8U << 20U;

    boost::asio::awaitable<Records> find(std::string name, Type type);
    void land(const std::string& key, const Records& found);

    boost::asio::io_context& io_;
    Asker& asker_;
    std::chrono::milliseconds patience_;
    const base::Clock& clock_;
    Expiring<Records> cache_;  // by type and name
    std::unordered_map<std::string, std::shared_ptr<Flight<Records>>, base::StringHash, std::equal_to<>>
        flights_;
};

}  // namespace nexthopd::dns
