#include "dns/record_lookups.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

#include "dns/cache.hpp"

namespace nexthopd::dns {

namespace {

std::string key_of(std::string_view name, Type type) {
    std::string key(1, static_cast<char>(type));
    return key.append(name);
}

/// Within the limits of MX sets.
std::chrono::seconds lifetime(const Records& records) {
    switch (records.state) {
        case Records::State::found:
            return std::clamp(records.ttl, hosts_floor, hosts_ceiling);
        case Records::State::none:
            return std::clamp(records.ttl, negative_floor, negative_ceiling);
        case Records::State::failed:
            break;
    }
    return failure_floor;
}

}  // namespace

RecordLookups::RecordsPtr RecordLookups::cached(std::string_view name, Type type, base::Instant now) {
    const auto* const entry = cache_.find(key_of(name, type), now);
    return entry == nullptr ? nullptr : entry->value;
}

std::shared_ptr<Flight<Records>> RecordLookups::look_up(const std::shared_ptr<void>& owner,
                                                        const std::string& name, Type type) {
    const auto key = key_of(name, type);
    if (const auto at = flights_.find(key); at != flights_.end()) return at->second;
    if (flights_.size() >= max_lookups) return nullptr;
    auto flight = std::make_shared<Flight<Records>>();
    flights_.emplace(key, flight);
    boost::asio::co_spawn(io_, find(name, type),
                          [this, owner, key](const std::exception_ptr& error, const Records& found) {
                              land(key, error ? Records{} : found);
                          });
    return flight;
}

boost::asio::awaitable<Records> RecordLookups::find(std::string name, Type type) {
    Question question{name, type};
    const auto answer = co_await asker_.ask(std::move(question), base::steady_now() + patience_);
    co_return records_in(answer.get(), name, type);
}

void RecordLookups::land(const std::string& key, const Records& found) {
    auto value = std::make_shared<const Records>(found);
    std::size_t bytes = sizeof(Records);
    for (const auto& text : found.texts)
        bytes += sizeof(text) + text.size();
    cache_.store(key, value, lifetime(found), bytes, clock_.now());
    auto flight = flights_.extract(key);
    if (flight) flight.mapped()->land(std::move(value));
}

}  // namespace nexthopd::dns
